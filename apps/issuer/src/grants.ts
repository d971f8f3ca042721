import Provider, {
  type Configuration,
  errors,
  type KoaContextWithOIDC,
  type TokenEndpointGrantContext,
} from "oidc-provider";
import { clientCertificateOf } from "#libs/server";
import { askedIn } from "./details.js";
import type { Issuer } from "./issuer.js";
import { takeAssertedOfficer, takeServiceOfficer } from "./officer.js";

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

type Handler<P extends object> = (ctx: TokenEndpointGrantContext<P>) => void | Promise<void>;
type Names = Parameters<Provider["registerGrantType"]>[2];

/**
 * Two grants, one way: what oidc-provider does for client_credentials (possession, resource, details, token), once we know which officer
 * answers. Token exchange only learns the officer elsewhere, so it is given that same handler when the library registers it.
 */
export class GrantingProvider extends Provider {
  readonly #issuer: Issuer;

  constructor(issuer: Issuer, configuration: Configuration) {
    super(issuer.iss, configuration);
    this.#issuer = issuer;
  }

  /** The library calls it from its constructor, before there is an issuer here: that is looked at when a request comes. */
  override registerGrantType<P extends object>(
    name: string,
    handler: Handler<P>,
    params: Names = [],
    dupes?: Names,
  ): void {
    if (name !== "client_credentials") return;
    const known = typeof params === "string" ? [params] : [...params];
    const register = (grant: string, takeOfficer: TakeOfficer, more: readonly string[]) => {
      const whole: Handler<P> = (ctx) => grantToken(this.#issuer, ctx, takeOfficer, () => handler(ctx));
      super.registerGrantType<P>(grant, whole, [...known, ...more], dupes);
    };
    register(name, takeServiceOfficer, []);
    register(TOKEN_EXCHANGE, takeAssertedOfficer, ["subject_token", "subject_token_type"]);
  }
}

type TakeOfficer = (issuer: Issuer, ctx: KoaContextWithOIDC) => void;

async function grantToken(
  issuer: Issuer,
  ctx: KoaContextWithOIDC,
  takeOfficer: TakeOfficer,
  issue: () => void | Promise<void>,
): Promise<void> {
  checkRequest(issuer, ctx);
  takeOfficer(issuer, ctx);
  await issue();
  if (ctx.oidc.params?.["grant_type"] === TOKEN_EXCHANGE)
    Object.assign(ctx.body as object, { issued_token_type: ACCESS_TOKEN });
}

const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

/** What the library would let pass: no details, several resources, two bindings at once. */
function checkRequest({ admit, organisation }: Issuer, ctx: KoaContextWithOIDC): void {
  const id = ctx.oidc.client?.clientId ?? "";
  if (!admit(id)) throw tooMany(ctx);
  if (typeof ctx.oidc.params?.["resource"] !== "string") throw new errors.InvalidTarget();
  askedIn(ctx);
  const client = organisation.clients.find((one) => one.id === id);
  if (client?.binding !== "mtls") return;
  if (ctx.get("dpop") !== "") throw new errors.InvalidRequest("this client's tokens are bound to its certificate");
  const shown = clientCertificateOf(ctx.req)?.thumbprint ?? "";
  if (client.certificates?.includes(shown) === false) throw new errors.InvalidGrant("a certificate of another");
}

function tooMany(ctx: KoaContextWithOIDC): Error {
  ctx.set("retry-after", "1");
  return Object.assign(new errors.TemporarilyUnavailable("too many requests"), { status: 429, statusCode: 429 });
}
