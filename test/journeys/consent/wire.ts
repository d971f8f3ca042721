import { createServer as createHttpServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * What goes over the line between an adapter and a ministry's system, seen from the line itself: PostgreSQL's protocol and HTTP, passed
 * on unchanged.
 */
export interface DatabaseWire {
  /** For the adapter, in place of the system's own address. */
  readonly port: number;
  /** Since last taken. */
  take(): DatabaseTraffic;
  close(): Promise<void>;
}

export interface DatabaseTraffic {
  /** Texts of statements, one for each time that one was run. */
  readonly statements: readonly string[];
  /** All that the client bound to them. */
  readonly parameters: string;
  /** Rows that the server sent, each as its columns' texts, one after another. */
  readonly rows: readonly string[];
}

export interface ServiceWire {
  readonly url: string;
  take(): readonly Exchange[];
  close(): Promise<void>;
}

export interface Exchange {
  readonly path: string;
  readonly sent: string;
  readonly answered: string;
}

export async function tapDatabase(target: number): Promise<DatabaseWire> {
  let [statements, parameters, rows]: [string[], string[], string[]] = [[], [], []];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on("close", () => (client.destroy(), upstream.destroy(), sockets.delete(socket)));
      socket.on("error", () => socket.destroy());
    }
    const fromClient = messages(true, (type, body) => {
      if (type === "P") statements.push(cString(body, body.indexOf(0) + 1));
      if (type === "Q") statements.push(cString(body, 0));
      if (type === "B") parameters.push(body.toString("utf8"));
    });
    const fromServer = messages(false, (type, body) => {
      if (type === "D") rows.push(columnsOf(body).join(" "));
    });
    client.on("data", (part: Buffer) => (fromClient(part), upstream.write(part)));
    upstream.on("data", (part: Buffer) => (fromServer(part), client.write(part)));
  });
  return {
    port: await listening(server),
    take() {
      const seen = { statements, parameters: parameters.join("\n"), rows };
      [statements, parameters, rows] = [[], [], []];
      return seen;
    },
    close: () => closed(server, () => sockets.forEach((socket) => socket.destroy())),
  };
}

/** PostgreSQL's messages: a letter, a length, a body. The client's first one has no letter. */
function messages(untyped: boolean, found: (type: string, body: Buffer) => void): (part: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  let first = untyped;
  return (part) => {
    rest = Buffer.concat([rest, part]);
    for (;;) {
      const head = first ? 0 : 1;
      if (rest.length < head + 4) return;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) return;
      if (!first) found(String.fromCharCode(rest[0]!), rest.subarray(5, end));
      first = false;
      rest = rest.subarray(end);
    }
  };
}

function cString(body: Buffer, from: number): string {
  return body.toString("utf8", from, body.indexOf(0, from));
}

function columnsOf(body: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 2, n = body.readUInt16BE(0); n > 0; n--) {
    const length = body.readInt32BE(at);
    texts.push(length < 0 ? "" : body.toString("utf8", at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return texts;
}

export async function tapService(target: string): Promise<ServiceWire> {
  let exchanges: Exchange[] = [];
  const server = createHttpServer((incoming, response) => {
    void (async () => {
      const sent = await textOf(incoming);
      const { method, url: path = "/", headers } = incoming;
      const outgoing = request(target + path, { method, headers }, (answer) => {
        void textOf(answer).then((answered) => {
          exchanges.push({ path, sent, answered });
          response.writeHead(answer.statusCode ?? 502, { "content-type": "application/json" }).end(answered);
        });
      });
      outgoing.on("error", () => response.destroy()).end(sent);
    })();
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    take: () => exchanges.splice(0),
    close: () => closed(server, () => server.closeAllConnections()),
  };
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server, hangUp: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    hangUp();
  });
}
