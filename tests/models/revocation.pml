/*
 * Revocation is immediate (P3): the protocol of src/Interop/Consent/README.md as a model that spin searches whole.
 *
 * Two persons with a consent each, whose lock is the database's advisory lock: shared to disclose, exclusive to change.
 * A Reader discloses, alone or for both persons together. A Courier sends a queued delivery. A Registrar revokes and grants,
 * and a Linker works on both persons at once. Any of them may die before its commit; what it held is then released, what it
 * had not committed never was.
 *
 * Each switch takes one rule away. The tests search the model as it is, which must hold, and once with each switch, which
 * must fail: a rule whose loss the model does not notice would be a rule that the model does not know.
 *
 *   NO_LOCK              disclosures take no lock
 *   DECIDED_BEFORE       the decision was made before the lock was held, and is not made anew under it
 *   ACKNOWLEDGED_BEFORE  a revocation is answered before it is committed
 *   SENT_BEFORE          bytes leave before the audit entry is durable
 *   ANY_ORDER            the Linker takes its locks in descending order
 *   ROW_FIRST            the Courier takes the delivery's row before the person's lock
 *   OVERTAKING           who asks for the shared lock overtakes who waits for the exclusive one
 *
 * LIVENESS adds: whoever revokes is answered in the end, however many read.
 */
#define PERSONS 2

/* What is committed. A version is never used twice while anybody remembers it: modulo 3 is enough for these processes. */
bool inForce[PERSONS] = true;
byte version[PERSONS];
bool durable[2];                   /* the audit entry of the Reader's, the Courier's present disclosure */

bool acknowledged[PERSONS];        /* the caller has the answer: it is revoked */
bool asking;                       /* the Registrar has begun to revoke, and has not been answered */

byte sharing[PERSONS];
bool alone[PERSONS];
chan queue[PERSONS] = [2] of { pid }; /* who waits for the exclusive lock, in the order in which they came */
bool row;                          /* the lock of the delivery's row */

#ifdef NO_LOCK
#define SHARE(p)   skip
#define UNSHARE(p) skip
#else
#ifdef OVERTAKING
#define SHARE(p)   atomic { !alone[p] -> sharing[p]++ }
#else
#define SHARE(p)   atomic { !alone[p] && empty(queue[p]) -> sharing[p]++ }
#endif
#define UNSHARE(p) sharing[p]--
#endif
#define TAKE(p)    queue[p]!_pid; atomic { !alone[p] && sharing[p] == 0 && queue[p]?[eval(_pid)] -> queue[p]?eval(_pid); alone[p] = true }
#define GIVE(p)    alone[p] = false

/* At its commit a permitted disclosure relies on a consent that is in force, in that very version, and not on one whose
   revocation somebody was told of. */
#define RELIES(p, v) assert(inForce[p] && version[p] == v && !acknowledged[p])

/* Both persons' disclosures in one transaction, locks in ascending order; or one person's. Which is chosen anew each time. */
active proctype Reader()
{
	bool permit[PERSONS];
	byte relied[PERSONS];
	bool both;
	bool died;

	do
	:: atomic { durable[0] = false; if :: both = true :: both = false fi };
#ifdef DECIDED_BEFORE
	   atomic { permit[0] = inForce[0]; relied[0] = version[0] };
	   atomic { permit[1] = inForce[1]; relied[1] = version[1] };
#endif
	   SHARE(0);
	   if :: both -> SHARE(1) :: else fi;
#ifndef DECIDED_BEFORE
	   atomic { permit[0] = inForce[0]; relied[0] = version[0] };
	   atomic { permit[1] = inForce[1]; relied[1] = version[1] };
#endif
#ifdef SENT_BEFORE
	   if :: permit[0] -> assert(durable[0]) :: else fi;
#endif
	   if
	   :: atomic {          /* the commit: entries durable at once, the locks released after */
	        if :: permit[0] -> RELIES(0, relied[0]) :: else fi;
	        if :: both && permit[1] -> RELIES(1, relied[1]) :: else fi;
	        durable[0] = true
	      }
	   :: died = true
	   fi;
	   UNSHARE(0);
	   if :: both -> UNSHARE(1) :: else fi;
#ifndef SENT_BEFORE
	   if :: !died && permit[0] -> assert(durable[0]) /* the bytes leave */ :: else fi;
#endif
	   atomic { died = false; permit[0] = false; permit[1] = false; relied[0] = 0; relied[1] = 0 }
	od
}

/* The lease is committed by now. The person's lock, then the row; the gate; the commit; and only then the send. */
active proctype Courier()
{
	bool permit;
	byte relied;
	bool died;

	do
	:: durable[1] = false;
#ifdef ROW_FIRST
	   atomic { !row -> row = true };
	   SHARE(0);
#else
	   SHARE(0);
	   atomic { !row -> row = true };
#endif
	   atomic { permit = inForce[0]; relied = version[0] };
	   if
	   :: atomic { if :: permit -> RELIES(0, relied) :: else fi; durable[1] = true }
	   :: died = true
	   fi;
	   row = false;
	   UNSHARE(0);
	   if :: !died && permit -> assert(durable[1]) /* sent, with no transaction open */ :: else fi;
	   atomic { died = false; permit = false; relied = 0 }
	od
}

/* Revokes the consent of person 0 and, some time later, the person consents anew. */
active proctype Registrar()
{
	do
	:: asking = true;
#ifdef ACKNOWLEDGED_BEFORE
	   acknowledged[0] = true;
#endif
	   TAKE(0);
	   atomic { !row -> row = true };                     /* what waits to be sent under it loses its content */
	   atomic { inForce[0] = false; version[0] = (version[0] + 1) % 3 };
	   row = false;
	   GIVE(0);
	   atomic { acknowledged[0] = true; asking = false };
	   TAKE(0);
	   atomic { inForce[0] = true; version[0] = (version[0] + 1) % 3; acknowledged[0] = false };
	   GIVE(0)
	od
}

/* Links two persons: alone with both. Its work touches their consents too. */
active proctype Linker()
{
	do
	::
#ifdef ANY_ORDER
	   TAKE(1);
	   TAKE(0);
#else
	   TAKE(0);
	   TAKE(1);
#endif
	   atomic { version[1] = (version[1] + 1) % 3 };
	   GIVE(1);
	   GIVE(0)
	od
}

#ifdef LIVENESS
ltl answered { [] (asking -> <> !asking) }
#endif
