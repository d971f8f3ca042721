import { Paper, Text, useComputedColorScheme } from "@mantine/core";
import { SankeyChart } from "echarts/charts";
import { TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { nameOf } from "../accesses/words.js";
import type { AgreementSummary } from "./calls.js";

use([SankeyChart, TooltipComponent, SVGRenderer]);

interface FlowsProps {
  readonly agreements: readonly AgreementSummary[];
  readonly organisations: Readonly<Record<string, string>>;
}

/**
 * Which ministry's fields may go to whom, under what is in force: a band is as broad as its fields are many. The table of agreements under it
 * says the same to who sees no picture.
 */
export function Flows({ agreements, organisations }: FlowsProps) {
  const { t, i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  useEffect(() => {
    const chart = init(place.current, scheme === "dark" ? "dark" : undefined, { renderer: "svg" });
    const draw = () => {
      const width = place.current?.clientWidth ?? 600;
      chart.setOption(optionOf(flowsOf(agreements), organisations, { width, isRtl: i18n.dir() === "rtl", scheme }));
    };
    draw();
    const follow = new ResizeObserver(() => {
      chart.resize();
      draw();
    });
    follow.observe(place.current!);
    return () => {
      follow.disconnect();
      chart.dispose();
    };
  }, [agreements, organisations, scheme, i18n, i18n.language]);
  return (
    <Paper withBorder p="md">
      <Text fw={600}>{t("agreements.flows")}</Text>
      <Text size="sm" c="dimmed">
        {t("agreements.flowsHint")}
      </Text>
      {/* Where a label stands is counted from the left; what is in it reads as it does. */}
      <div ref={place} style={{ height: 340 }} dir="ltr" aria-hidden />
    </Paper>
  );
}

interface Flow {
  readonly provider: string;
  readonly consumer: string;
  readonly fields: number;
}

/** A house rule moves nothing between organisations. */
function flowsOf(agreements: readonly AgreementSummary[]): Flow[] {
  const open = agreements.filter(
    ({ standing, provider, consumer }) => (standing === "active" || standing === "soon") && provider !== consumer,
  );
  const byPair = Map.groupBy(open, ({ provider, consumer }) => `${provider} ${consumer}`);
  return [...byPair.values()].map((some) => ({
    provider: some[0]!.provider,
    consumer: some[0]!.consumer,
    fields: some.reduce((sum, { fields }) => sum + fields, 0),
  }));
}

interface Look {
  readonly width: number;
  readonly isRtl: boolean;
  readonly scheme: "light" | "dark";
}

/** Data goes the way that one reads: from the right in Arabic. */
function optionOf(flows: readonly Flow[], organisations: FlowsProps["organisations"], look: Look) {
  const { width, isRtl, scheme } = look;
  const [givers, takers] = [
    new Set(flows.map(({ provider }) => provider)),
    new Set(flows.map(({ consumer }) => consumer)),
  ];
  const label = (side: "from" | "to") => ({
    position: (side === "from") === isRtl ? ("left" as const) : ("right" as const),
    width: Math.floor(width * 0.42),
    overflow: "truncate" as const,
  });
  const node = (side: "from" | "to") => (org: string) => ({
    name: `${side} ${org}`,
    label: label(side),
    itemStyle: { color: side === "from" ? "#2a8d86" : "#5b6bb5" },
  });
  return {
    backgroundColor: "transparent",
    animation: false,
    tooltip: { renderMode: "richText" as const },
    series: [
      {
        type: "sankey" as const,
        left: 4,
        right: 4,
        top: 16,
        bottom: 8,
        nodeGap: 14,
        draggable: false,
        emphasis: { focus: "adjacency" as const },
        label: {
          color: scheme === "dark" ? "#e6e8ea" : "#1c2126",
          fontSize: width < 480 ? 11 : 13,
          formatter: ({ name }: { name: string }) => {
            const org = name.slice(name.indexOf(" ") + 1);
            return nameOf(organisations, org);
          },
        },
        lineStyle: { color: "gradient" as const, opacity: 0.35, curveness: 0.5 },
        data: [...[...givers].map(node("from")), ...[...takers].map(node("to"))],
        links: flows.map(({ provider, consumer, fields }) => {
          const ends = [`from ${provider}`, `to ${consumer}`];
          const [source = "", target = ""] = isRtl ? ends.toReversed() : ends;
          return { source, target, value: fields };
        }),
      },
    ],
  };
}
