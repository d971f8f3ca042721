import { Controller, Get, Header, Inject, Param, Res } from "@nestjs/common";
import type { FastifyReply } from "fastify";
import {
  consistencyRanges,
  inclusionRanges,
  parseTilePath,
  printEntryBundle,
  printProof,
  readRanges,
  TILE_WIDTH,
  widthOfLevel,
} from "#libs/access-log";
import { WeftError } from "#libs/terms";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** `tile/entries/<index>`: what the leaves were made of. */
const ENTRIES = "entries/";
const TEXT = "text/plain; charset=utf-8";
const number = /^(0|[1-9]\d{0,15})$/;

/** The public side: checkpoint, tiles and proofs. Hashes of hashes, nothing that tells who asked or about whom. */
@Controller()
export class TreeEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Get("checkpoint")
  @Header("content-type", TEXT)
  @Header("cache-control", "no-cache")
  checkpoint(): string {
    return this.#log.published().note;
  }

  /** What the log signed last, before a witness saw it: for those who must know whether it still has what it once had. */
  @Get("checkpoint/latest")
  @Header("content-type", TEXT)
  @Header("cache-control", "no-cache")
  latest(): string {
    return this.#log.sequencer.checkpoint().note;
  }

  /** c2sp.org/tlog-tiles. A tile is served once a checkpoint covers it; it never changes after. */
  @Get("tile/*")
  @Header("content-type", "application/octet-stream")
  async tile(@Param("*") path: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const isEntries = path.startsWith(ENTRIES);
    const tile = parseTilePath(isEntries ? `0/${path.slice(ENTRIES.length)}` : path);
    const from = (tile?.index ?? 0) * TILE_WIDTH;
    if (!tile || from + tile.width > widthOfLevel(tile.level, this.#log.sequencer.checkpoint().size)) {
      throw new WeftError("NOT_FOUND");
    }
    const hashes = isEntries
      ? await this.#log.storage.entries(from, from + tile.width)
      : await this.#log.storage.hashes(tile.level, from, from + tile.width);
    if (hashes.length !== tile.width) throw new WeftError("NOT_FOUND");
    reply.header("cache-control", "public, max-age=31536000, immutable");
    return isEntries ? printEntryBundle(hashes) : Buffer.concat(hashes);
  }

  /** A record's inclusion proof, to the published checkpoint; one that is not under it yet, to the newest. */
  @Get("proof/:index")
  @Header("content-type", TEXT)
  async proof(@Param("index") text: string): Promise<string> {
    const index = readNumber(text);
    const published = this.#log.published();
    const { size, note } = index < published.size ? published : this.#log.sequencer.checkpoint();
    if (index >= size) throw new WeftError("NOT_FOUND");
    const hashes = await readRanges(inclusionRanges(index, size), this.#log.storage.hashes);
    return printProof({ index, hashes, checkpoint: note });
  }

  /** That the tree of the larger size begins with the tree of the smaller. */
  @Get("consistency/:from/:to")
  async consistency(@Param("from") older: string, @Param("to") newer: string): Promise<{ hashes: readonly string[] }> {
    const [from, to] = [readNumber(older), readNumber(newer)];
    if (from > to || to > this.#log.sequencer.checkpoint().size) throw new WeftError("NOT_FOUND");
    const hashes = await readRanges(consistencyRanges(from, to), this.#log.storage.hashes);
    return { hashes: hashes.map((hash) => hash.toString("base64")) };
  }
}

function readNumber(text: string): number {
  const value = number.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new WeftError("NOT_FOUND");
  return value;
}
