using System.Linq.Expressions;

namespace Interop.Audit;

/// <summary>Conditions on entries, put together so that the database still sees one.</summary>
internal static class Conditions
{
    /// <summary>Any of them; none of none.</summary>
    public static Expression<Func<AuditEntry, bool>> Any(IReadOnlyCollection<Expression<Func<AuditEntry, bool>>> conditions) =>
        conditions.Count == 0 ? _ => false : conditions.Aggregate((one, other) => Join(one, other, Expression.OrElse));

    public static Expression<Func<AuditEntry, bool>> And(this Expression<Func<AuditEntry, bool>> one, Expression<Func<AuditEntry, bool>> other) => Join(one, other, Expression.AndAlso);

    public static Expression<Func<AuditEntry, bool>> Not(this Expression<Func<AuditEntry, bool>> condition) =>
        Expression.Lambda<Func<AuditEntry, bool>>(Expression.Not(condition.Body), condition.Parameters[0]);

    static Expression<Func<AuditEntry, bool>> Join(Expression<Func<AuditEntry, bool>> one, Expression<Func<AuditEntry, bool>> other, Func<Expression, Expression, BinaryExpression> join) =>
        Expression.Lambda<Func<AuditEntry, bool>>(join(one.Body, new Renamed(other.Parameters[0], one.Parameters[0]).Visit(other.Body)), one.Parameters[0]);

    sealed class Renamed(ParameterExpression from, ParameterExpression to) : ExpressionVisitor
    {
        protected override Expression VisitParameter(ParameterExpression node) => node == from ? to : node;
    }
}
