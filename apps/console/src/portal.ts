import type { FastifyRequest } from "fastify";
import type { Portal } from "#libs/review";
import { clientCertificateOf, RateLimit } from "#libs/server";
import { WeftError } from "#libs/terms";
import { tokenRequestOf, verifyAccessToken } from "#libs/token";
import type { World } from "./world.js";

/** What one portal may ask in a second: it asks for one person at a time. */
const ASKED_A_SECOND = 50;

export interface PortalGateOptions {
  /** The origin that tokens and proofs name. */
  readonly origin: string;
  readonly world: () => World;
  readonly now: () => Date;
}

/**
 * The one way to a `Portal`: an access token for this console, with its proof of possession, from an organisation of which the registry says
 * that it runs a portal. That the person is who signed in there is the portal's word.
 */
export class PortalGate {
  readonly #options: PortalGateOptions;
  readonly #rate = new RateLimit(ASKED_A_SECOND);

  constructor(options: PortalGateOptions) {
    this.#options = options;
  }

  async admit(request: FastifyRequest): Promise<Portal> {
    const { origin, world, now } = this.#options;
    const shown = tokenRequestOf(request.raw, `${origin}${request.url}`, clientCertificateOf(request.raw)?.der);
    const { consumer, officer, purpose, caseId, requestKey } = await verifyAccessToken(shown, world().tokens, now());
    if (!world().isPortal(consumer)) throw new WeftError("ROLE_REQUIRED");
    if (purpose !== "data-subject-rights") throw new WeftError("PURPOSE_NOT_ALLOWED");
    if (caseId === undefined) throw new WeftError("CASE_REQUIRED");
    if (!this.#rate.admit(consumer, now())) throw new WeftError("RATE_EXCEEDED");
    return { organisation: consumer, officer, case: caseId, requestKey } as unknown as Portal;
  }
}
