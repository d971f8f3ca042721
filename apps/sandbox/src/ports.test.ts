import { createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { releasePorts, reservePort } from "./ports.js";

afterEach(releasePorts);

test("a port that was reserved is not given again, though nobody listens on it yet", async () => {
  const first = await reservePort();
  expect(await reservePort(first)).not.toBe(first);
  releasePorts();
  expect(await reservePort(first)).toBe(first);
});

test("a port that somebody listens on is passed over", async () => {
  const port = await reservePort();
  releasePorts();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  try {
    expect(await reservePort(port)).not.toBe(port);
  } finally {
    server.close();
  }
});
