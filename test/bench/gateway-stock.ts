/**
 * Stock `@apollo/gateway` under Nest, as its documentation sets it up: what the cost of our own gateway is measured beside.
 *
 *     const stock = await startStockGateway({ supergraphSdl, subgraphs: { civil: "http://127.0.0.1:4101/graphql" }, port: 4100 });
 *     … POST stock.url …
 *     await stock.close();
 */
process.env["APOLLO_TELEMETRY_DISABLED"] = "1";

import "reflect-metadata";
import { RemoteGraphQLDataSource } from "@apollo/gateway";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ApolloGatewayDriver, type ApolloGatewayDriverConfig } from "@nestjs/apollo";
import { GraphQLModule } from "@nestjs/graphql";
import { FastifyAdapter } from "@nestjs/platform-fastify";

export interface StockGatewayOptions {
  readonly supergraphSdl: string;
  /** URL by subgraph name. */
  readonly subgraphs: Readonly<Record<string, string>>;
  /** 0 for any. */
  readonly port: number;
}

export interface StockGateway {
  readonly url: string;
  close(): Promise<void>;
}

export async function startStockGateway({
  supergraphSdl,
  subgraphs,
  port,
}: StockGatewayOptions): Promise<StockGateway> {
  const graphql = GraphQLModule.forRoot<ApolloGatewayDriverConfig>({
    driver: ApolloGatewayDriver,
    server: { playground: false },
    gateway: {
      supergraphSdl,
      buildService: ({ name }) => new RemoteGraphQLDataSource({ url: subgraphs[name] ?? "" }),
    },
  });
  class StockModule {}
  Module({ imports: [graphql] })(StockModule);
  const app = await NestFactory.create(StockModule, new FastifyAdapter(), { logger: ["error"], abortOnError: false });
  await app.listen(port, "127.0.0.1");
  const address = app.getHttpServer().address() as { port: number };
  return { url: `http://127.0.0.1:${address.port}/graphql`, close: () => app.close() };
}
