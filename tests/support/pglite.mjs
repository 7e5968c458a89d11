// PostgreSQL with pgvector in this process (PGlite), for clients that speak PostgreSQL's protocol over a socket.
//
// PGlite answers one message at a time and cannot wait for more: of COPY … FROM STDIN it must get statement and rows at once, so
// that is collected here. One connection after another, as PGlite has one session.
import net from 'node:net';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite/vector';

const SSL_REQUEST = 80877103;

function message(type, ...parts) {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const WELCOME = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
]);
const COPY_IN = message('G', Buffer.from([1, 0, 0]));
const COPY_FAILED = Buffer.concat([
  message('E', Buffer.from('SERROR\0C57014\0MCOPY was given up\0\0')),
  message('Z', Buffer.from('E')),
]);

/** Without the first message, which was sent before. */
const rest = (answer) => answer.subarray(1 + answer.readInt32BE(1));

function serve(db, socket) {
  let bytes = Buffer.alloc(0);
  let greeted = false;
  let copy = null;
  let work = Promise.resolve();
  const run = async (input) => Buffer.from(await db.execProtocolRaw(input));

  async function take(type, whole) {
    if (copy !== null) {
      copy.push(whole);
      if (type === 'd') return undefined;
      const all = Buffer.concat(copy);
      copy = null;
      if (type === 'f') {
        // What came so far is in a transaction that ends with this.
        await run(message('Q', Buffer.from('SELECT 1/0\0')));
        return COPY_FAILED;
      }
      return rest(await run(all));
    }
    if (type === 'X') return void socket.end();
    if (type === 'Q' && /^copy\b.*\bfrom stdin\b/is.test(whole.toString('utf8', 5))) {
      copy = [whole];
      return COPY_IN;
    }
    return run(whole);
  }

  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (;;) {
      const at = greeted ? 1 : 0;
      if (bytes.length < at + 4) return;
      const length = at + bytes.readInt32BE(at);
      if (bytes.length < length) return;
      const whole = Buffer.from(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      if (!greeted) {
        const isTls = whole.readInt32BE(4) === SSL_REQUEST;
        greeted = !isTls;
        socket.write(isTls ? 'N' : WELCOME);
        continue;
      }
      work = work.then(async () => {
        const answer = await take(String.fromCharCode(whole[0]), whole);
        if (answer && socket.writable) socket.write(answer);
      });
      work.catch((error) => socket.destroy(error));
    }
  });
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.on('close', () => resolve(work.then(() => db.exec('ROLLBACK')).then(() => undefined)));
  });
}

/** Starts it until `after` calls: `url` is where, `query` asks it directly. */
export async function startPglite(after) {
  const db = await PGlite.create({ extensions: { vector } });
  let turn = Promise.resolve();
  const server = net.createServer((socket) => {
    socket.pause();
    turn = turn.then(() => {
      const done = serve(db, socket);
      socket.resume();
      return done;
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(async () => {
    await new Promise((resolve) => server.close(resolve));
    await turn;
    await db.close();
  });
  return {
    url: `postgres://postgres@127.0.0.1:${server.address().port}/postgres`,
    query: async (sql, params) => (await db.query(sql, params)).rows,
  };
}
