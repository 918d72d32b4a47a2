// A real SMTP server as a process of its own. Prints `listening <port>`, then one JSON line for each mail that it has accepted.
// Arguments: the port (0: any), and addresses that it refuses.
import { SMTPServer } from 'smtp-server';

const [port = '0', ...refused] = process.argv.slice(2);

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  logger: false,
  onRcptTo({ address }, _session, callback) {
    if (!refused.includes(address)) return callback();
    callback(Object.assign(new Error('no such mailbox here'), { responseCode: 550 }));
  },
  onData(stream, { envelope }, callback) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const mail = {
        from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
        to: envelope.rcptTo.map(({ address }) => address),
        raw: Buffer.concat(chunks).toString('latin1'),
      };
      process.stdout.write(`${JSON.stringify(mail)}\n`, () => callback());
    });
  },
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.server.address();
  if (address !== null && typeof address !== 'string') process.stdout.write(`listening ${address.port}\n`);
});
// Whoever started it is gone.
process.stdin.on('end', () => process.exit());
process.stdin.resume();
