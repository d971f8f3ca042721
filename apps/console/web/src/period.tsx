import { Button, Grid, Group, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CaseInput, lastCase } from "./reason.js";

export interface Period {
  readonly caseId: string;
  /** Days, the last one included. */
  readonly from: string;
  readonly until: string;
}

/** The last so many days, for the number that the last look was for. */
export function usePeriod(days: number) {
  return useState<Period>(() => ({ caseId: lastCase(), from: dayBefore(days), until: dayBefore(0) }));
}

interface PeriodFormProps extends PeriodProps {
  /** On its button. */
  readonly label: string;
  readonly isBusy: boolean;
  readonly onSubmit: () => void;
}

/** Asks for a time, and for why. */
export function PeriodForm({ period, onChange, label, isBusy, onSubmit }: PeriodFormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <PeriodInput period={period} onChange={onChange} />
      <Group mt="sm">
        <Button type="submit" loading={isBusy} disabled={!isPeriod(period)}>
          {label}
        </Button>
      </Group>
    </form>
  );
}

interface PeriodProps {
  readonly period: Period;
  readonly onChange: (period: Period) => void;
}

/** Why, and of which days. */
function PeriodInput({ period, onChange }: PeriodProps) {
  const { t } = useTranslation();
  return (
    <Grid align="start">
      <Grid.Col span={{ base: 12, sm: 6 }}>
        <CaseInput value={period.caseId} onChange={(caseId) => onChange({ ...period, caseId })} />
      </Grid.Col>
      {(["from", "until"] as const).map((end) => (
        <Grid.Col key={end} span={{ base: 6, sm: 3 }}>
          <TextInput
            type="date"
            label={t(`filters.${end}`)}
            value={period[end]}
            required
            onChange={({ currentTarget }) => onChange({ ...period, [end]: currentTarget.value })}
          />
        </Grid.Col>
      ))}
    </Grid>
  );
}

/** Whole days in UTC: `from` inclusive, `until` exclusive. */
export function instantsOf({ from, until }: Period): { readonly from: string; readonly until: string } {
  return { from: `${from}T00:00:00Z`, until: `${day(Date.parse(`${until}T00:00:00Z`) + DAY)}T00:00:00Z` };
}

const isPeriod = ({ caseId, from, until }: Period): boolean =>
  caseId.trim() !== "" && from !== "" && until !== "" && from <= until;

const DAY = 86_400_000;
const day = (time: number): string => new Date(time).toISOString().slice(0, 10);
const dayBefore = (days: number): string => day(Date.now() - days * DAY);
