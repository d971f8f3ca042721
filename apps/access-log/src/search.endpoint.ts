import { Controller, Get, Header, Inject } from "@nestjs/common";
import type { SearchStatus } from "#libs/access-log";
import { ACCESS_LOG, type AccessLog } from "./access-log.js";

/** How far the search index has followed: numbers alone. What it finds is the review interface's matter. */
@Controller("search")
export class SearchEndpoint {
  readonly #log: AccessLog;

  constructor(@Inject(ACCESS_LOG) log: AccessLog) {
    this.#log = log;
  }

  @Get("status")
  @Header("cache-control", "no-store")
  status(): Promise<SearchStatus> {
    return this.#log.searched();
  }
}
