import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type Provider from "oidc-provider";
import { WeftError } from "#libs/terms";
import type { SignIn } from "../organisation.js";
import { choicePage } from "./choice-page.js";

/** An organisation's sign-in page, in the sandbox. */
export interface RunningSignIn {
  readonly provider: Provider;
  readonly answer: ReturnType<Provider["callback"]>;
  readonly signIn: SignIn;
  readonly organisation: string;
}

interface Params {
  readonly Params: { readonly organisation: string; readonly uid?: string; readonly person?: string };
}
type Named = FastifyRequest<Params>;

/** Of the library's endpoints those that a sign-in needs, and the page on which one chooses who one is. */
export function signInRoutes(scope: FastifyInstance, find: (name: string) => RunningSignIn | undefined): void {
  const pass = async (request: Named, reply: FastifyReply): Promise<void> => {
    const { answer } = signInOf(request);
    const [path = "", query] = request.raw.url?.split("?") ?? [];
    const inside = path.slice(path.indexOf("/sign-in/") + "/sign-in".length);
    takeOver(reply);
    request.raw.url = query === undefined ? inside : `${inside}?${query}`;
    await answer(request.raw, reply.raw);
  };
  const base = "/:organisation/sign-in";
  scope.get<Params>(`${base}/.well-known/openid-configuration`, pass);
  scope.get<Params>(`${base}/auth`, pass);
  scope.get<Params>(`${base}/auth/:uid`, pass);
  scope.get<Params>(`${base}/jwks`, pass);
  scope.post<Params>(`${base}/token`, pass);
  scope.get<Params>(`${base}/interaction/:uid`, async (request, reply) => {
    const { provider, signIn, organisation } = signInOf(request);
    await detailsOf(provider, request, reply);
    const home = signIn.consoles.flatMap(({ redirectUris }) => redirectUris.map((uri) => new URL(uri).origin));
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": `default-src 'none'; form-action 'self' ${home.join(" ")}; frame-ancestors 'none'; base-uri 'none'`,
    });
    const action = `/${request.params.organisation}/sign-in/interaction/${request.params.uid ?? ""}`;
    return reply.type("text/html; charset=utf-8").send(choicePage(organisation, signIn.people, action));
  });
  scope.post<Params>(`${base}/interaction/:uid/:person`, async (request, reply) => {
    const { provider, signIn } = signInOf(request);
    await detailsOf(provider, request, reply);
    const person = signIn.people.find(({ officer }) => officer === request.params.person);
    if (!person) throw new WeftError("NOT_FOUND");
    const login = { accountId: person.officer, remember: false };
    takeOver(reply);
    await provider.interactionFinished(request.raw, reply.raw, { login });
  });

  function signInOf(request: Named): RunningSignIn {
    const found = find(request.params.organisation);
    if (found === undefined) throw new WeftError("NOT_FOUND");
    return found;
  }
}

/** A page that no sign-in of this browser led to is not there. */
async function detailsOf(provider: Provider, request: Named, reply: FastifyReply): Promise<void> {
  const details = await provider.interactionDetails(request.raw, reply.raw).catch(() => undefined);
  if (details === undefined || details.uid !== request.params.uid) throw new WeftError("NOT_FOUND");
}

function takeOver(reply: FastifyReply): void {
  reply.hijack();
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
}
