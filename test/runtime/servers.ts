import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { repository } from "../../apps/sandbox/src/repository.js";

/** One of our programs, as a deployment file starts it. */
export interface Server {
  readonly file: string;
  readonly name: string;
  /** Below the image's working folder: `dist/bin/gateway.js`. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Folders that are mounted into it. */
  readonly mounts: readonly string[];
}

export interface Deployment {
  readonly file: string;
  readonly servers: readonly Server[];
  /** Names under which others reach them. */
  readonly hosts: ReadonlySet<string>;
}

const deploy = path.join(repository, "deploy");

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
});
const Compose = z.looseObject({ services: z.record(z.string(), Service) });

/** Variables of the country that runs it: those that compose asks for get an example, the others their default. */
function filledIn(text: string): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (_, name: string, unless?: string) =>
    unless === undefined ? exampleOf(name) : unless,
  );
}

function exampleOf(name: string): string {
  if (name === "WEFT_CONTRACTS") return "/srv/contracts";
  if (name.endsWith("_URL")) return `https://${name.toLowerCase().replaceAll("_", "-")}.example`;
  return { WEFT_LOG_ORIGIN: "log.example/orvanda" }[name] ?? "org:welfare";
}

export function readCompose(): Deployment {
  const file = "compose.yaml";
  const text = readFileSync(path.join(deploy, file), "utf8");
  const { services } = Compose.parse(parse(text, { merge: true }));
  const ours = Object.entries(services).filter(([, { image }]) => image.startsWith("weft"));
  return {
    file,
    hosts: new Set(Object.keys(services)),
    servers: ours.map(([name, { command, environment, volumes }]) => ({
      file,
      name,
      program: command[0] ?? "",
      env: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, filledIn(value)])),
      mounts: volumes.map((volume) => filledIn(volume).split(":")[1] ?? ""),
    })),
  };
}

const Container = z.looseObject({
  name: z.string(),
  args: z.array(z.string()),
  env: z.array(z.object({ name: z.string(), value: z.string() })),
  volumeMounts: z.array(z.looseObject({ mountPath: z.string() })),
});
const Workload = z.looseObject({
  kind: z.enum(["StatefulSet", "Deployment"]),
  spec: z.looseObject({ template: z.looseObject({ spec: z.looseObject({ containers: z.array(Container) }) }) }),
});
const Named = z.looseObject({ kind: z.string(), metadata: z.looseObject({ name: z.string() }) });

export function readManifests(): Deployment {
  const folder = path.join(deploy, "k8s");
  const documents = readdirSync(folder).flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(folder, file), "utf8")).map((document) => ({
      file: `k8s/${file}`,
      json: document.toJS() as unknown,
    })),
  );
  const services = documents.map(({ json }) => Named.parse(json)).filter(({ kind }) => kind === "Service");
  return {
    file: "k8s",
    hosts: new Set(services.map(({ metadata }) => metadata.name)),
    servers: documents.flatMap(({ file, json }) => {
      const workload = Workload.safeParse(json);
      if (!workload.success) return [];
      return workload.data.spec.template.spec.containers.map(({ name, args, env, volumeMounts }) => ({
        file,
        name,
        program: args[0] ?? "",
        env: Object.fromEntries(env.map((each) => [each.name, each.value])),
        mounts: volumeMounts.map(({ mountPath }) => mountPath),
      }));
    }),
  };
}
