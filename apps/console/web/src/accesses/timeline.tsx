import { Paper, useComputedColorScheme, VisuallyHidden } from "@mantine/core";
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

use([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

export interface Moment {
  /** RFC 3339. */
  readonly from: string;
  readonly count: number;
}

/** How many accesses there were, when. To who sees no picture, the same as a list. */
export function Timeline({
  moments,
  every,
}: {
  readonly moments: readonly Moment[];
  readonly every: "hour" | "day" | "month";
}) {
  const { t, i18n } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme();
  useEffect(() => {
    const chart = init(place.current, scheme === "dark" ? "dark" : undefined, { renderer: "svg" });
    const rtl = i18n.dir() === "rtl";
    chart.setOption({
      backgroundColor: "transparent",
      animation: false,
      grid: { left: 8, right: 8, top: 8, bottom: 4, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText" },
      xAxis: {
        type: "category",
        inverse: rtl,
        data: moments.map(({ from }) => shortMoment(from, every)),
        axisTick: { show: false },
      },
      yAxis: { type: "value", minInterval: 1, position: rtl ? "right" : "left" },
      series: [{ type: "bar", data: moments.map(({ count }) => count), color: "#2a8d86", barMaxWidth: 28 }],
    });
    const follow = new ResizeObserver(() => chart.resize());
    follow.observe(place.current!);
    return () => {
      follow.disconnect();
      chart.dispose();
    };
  }, [moments, every, scheme, i18n, i18n.language]);
  return (
    <Paper withBorder p="xs">
      <div ref={place} style={{ height: 150 }} aria-hidden />
      <VisuallyHidden>
        <ul aria-label={t("accesses.timeline")}>
          {moments.map(({ from, count }) => (
            <li key={from}>
              {shortMoment(from, every)}: {count}
            </li>
          ))}
        </ul>
      </VisuallyHidden>
    </Paper>
  );
}

function shortMoment(from: string, every: "hour" | "day" | "month"): string {
  return from.slice(0, { hour: 13, day: 10, month: 7 }[every]).replace("T", " ");
}
