/** The stock gateway as a process of its own, so that its CPU is its own: told what it serves by its parent, tells its URL back. */
import { type StockGatewayOptions, startStockGateway } from "./gateway-stock.ts";

process.once("message", (options: StockGatewayOptions) => {
  void startStockGateway(options).then(({ url }) => process.send?.({ url }));
});
process.once("disconnect", () => process.exit());
