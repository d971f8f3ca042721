import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * The line between a gateway and one ministry: bytes in, bytes out, and a switch. `cut` breaks every connection, `silent` takes what
 * is sent and never answers.
 */
export interface Line {
  readonly url: string;
  become(state: LineState): void;
  /** Connections that were opened so far, in whatever state. */
  readonly opened: number;
  close(): Promise<void>;
}

export type LineState = "open" | "cut" | "silent";

export async function openLine(to: string): Promise<Line> {
  const { hostname, port, pathname } = new URL(to);
  const sockets = new Set<Socket>();
  let state: LineState = "open";
  let opened = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
    return socket;
  };
  const server = createServer((near) => {
    opened += 1;
    keep(near);
    if (state === "cut") near.destroy();
    else if (state === "silent") near.resume();
    else {
      const far = keep(connect(Number(port), hostname));
      near.pipe(far).pipe(near);
      far.on("close", () => near.destroy());
      near.on("close", () => far.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const hangUp = () => sockets.forEach((socket) => socket.destroy());
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}${pathname}`,
    become(next) {
      state = next;
      hangUp();
    },
    get opened() {
      return opened;
    },
    async close() {
      hangUp();
      server.close();
      await once(server, "close");
    },
  };
}
