// A clinic's software at its queue, with an AMQP client that others wrote: node queue-reader.mjs <amqp://…> <queue>
// Writes each message as a line of JSON, then acknowledges it. Comes back after a break, and for a queue that is not there yet.
// Ends with its standard input.
import amqp from 'amqplib';

const [url, queue] = process.argv.slice(2);
process.stdin.on('end', () => process.exit(0)).resume();

async function read() {
  const connection = await amqp.connect(url);
  const over = new Promise(resolve => { connection.on('close', resolve); connection.on('error', () => {}); });
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  channel.on('close', () => connection.close().catch(() => {}));
  await channel.prefetch(20);
  await channel.consume(queue, message => {
    if (message === null) return connection.close(); // the queue was removed
    const { contentType, deliveryMode, messageId, type, appId, timestamp, headers } = message.properties;
    process.stdout.write(`${JSON.stringify({ contentType, deliveryMode, messageId, type, appId, timestamp, traceparent: headers.traceparent, body: message.content.toString() })}\n`);
    channel.ack(message);
  });
  await over;
}

for (;;) {
  try { await read(); } catch { /* not there yet, or gone in between: again */ }
  await new Promise(resolve => setTimeout(resolve, 100));
}
