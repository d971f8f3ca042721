import { Stack, Text, Timeline, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { nameOf } from "./accesses/words.js";
import { Instant } from "./instant.js";
import { useWords } from "./session.js";

export interface TakenStep {
  /** What was done, in words. */
  readonly title: string;
  readonly at: string;
  readonly organisation: string;
  /** A pseudonym, where it is the reader's to see. */
  readonly by: string | undefined;
  /** Index of the step's own record in the log. */
  readonly record: number;
}

/** What was done, when and by whom, and under which number the log has it. */
export function Steps({ title, steps }: { readonly title: string; readonly steps: readonly TakenStep[] }) {
  const { t } = useTranslation();
  const { organisations } = useWords();
  return (
    <Stack component="section" aria-label={title} gap="sm">
      <Title order={3}>{title}</Title>
      <Timeline active={steps.length} bulletSize={14} lineWidth={2}>
        {steps.map((step) => (
          <Timeline.Item key={step.record} title={step.title}>
            <Text size="sm">
              {nameOf(organisations, step.organisation)}
              {step.by !== undefined && (
                <>
                  {" "}
                  · <bdi>{step.by}</bdi>
                </>
              )}
            </Text>
            <Text size="xs" c="dimmed">
              <Instant at={step.at} /> · {t("steps.record", { record: step.record })}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  );
}
