import { Anchor, Badge, Stack, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { createColumnHelper, flexRender, getCoreRowModel, useReactTable } from "@tanstack/react-table";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { WordsAnswer, Hit } from "../api.js";
import { Instant } from "../instant.js";
import { Wide } from "../wide.js";
import { fieldsInWords, nameOf } from "./words.js";

const colours = {
  answered: "teal",
  partial: "yellow",
  refused: "red",
  interrupted: "gray",
  open: "blue",
  erased: "gray",
} as const;
const column = createColumnHelper<Hit>();

/** Accesses, newest first. A row leads to its own page, where it is told in whole sentences and verified. */
export function AccessTable({ hits, names }: { readonly hits: readonly Hit[]; readonly names: WordsAnswer }) {
  const { t } = useTranslation();
  const columns = useMemo(() => columnsIn(names, t), [names, t]);
  const table = useReactTable({
    data: hits as Hit[],
    columns,
    getCoreRowModel: getCoreRowModel(),
    getRowId: ({ index }) => String(index),
  });
  return (
    <Wide name={t("accesses.found")}>
      <Table striped highlightOnHover miw={760} aria-label={t("accesses.found")}>
        <Table.Thead>
          {table.getHeaderGroups().map((group) => (
            <Table.Tr key={group.id}>
              {group.headers.map((header) => (
                <Table.Th key={header.id} scope="col">
                  {flexRender(header.column.columnDef.header, header.getContext())}
                </Table.Th>
              ))}
            </Table.Tr>
          ))}
        </Table.Thead>
        <Table.Tbody>
          {table.getRowModel().rows.map((row) => (
            <Table.Tr key={row.id}>
              {row.getVisibleCells().map((cell) => (
                <Table.Td key={cell.id} valign="top">
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}

function columnsIn(names: WordsAnswer, t: ReturnType<typeof useTranslation>["t"]) {
  return [
    column.accessor("index", {
      header: () => t("accesses.index"),
      cell: ({ getValue }) => (
        <Anchor component={Link} to={`/accesses/${getValue()}`}>
          {getValue()}
        </Anchor>
      ),
    }),
    column.accessor("at", { header: () => t("accesses.at"), cell: ({ getValue }) => <Instant at={getValue()} /> }),
    column.accessor("caller", {
      header: () => t("accesses.who"),
      cell: ({ row: { original } }) => <Who hit={original} names={names} />,
    }),
    column.accessor("sections", {
      header: () => t("accesses.what"),
      cell: ({ getValue }) => (
        <Stack gap={2}>
          {getValue().map(({ provider, coordinates }) => (
            <Text key={provider} size="sm">
              {nameOf(names.organisations, provider)}: {fieldsInWords(coordinates, names)}
            </Text>
          ))}
        </Stack>
      ),
    }),
    column.accessor("outcome", {
      header: () => t("accesses.outcome"),
      cell: ({ row: { original } }) => <Outcome hit={original} />,
    }),
  ];
}

function Who({ hit: { caller, kind }, names }: { readonly hit: Hit; readonly names: WordsAnswer }) {
  const { t } = useTranslation();
  if (!caller) return <Text size="sm">{t(`kinds.${kind}`)}</Text>;
  return (
    <Stack gap={2}>
      <Text size="sm" fw={600}>
        {nameOf(names.organisations, caller.consumer)}
      </Text>
      <Text size="sm">{nameOf(names.purposes, caller.purpose)}</Text>
      <Text size="xs" c="dimmed">
        <bdi>{caller.officer}</bdi> · <bdi>{caller.case ?? t("accesses.noCase")}</bdi>
      </Text>
    </Stack>
  );
}

function Outcome({ hit: { kind, outcome } }: { readonly hit: Hit }) {
  const { t } = useTranslation();
  const status = kind === "refusal" ? "refused" : outcome?.status;
  if (status === undefined) return <Text size="sm">{t(`kinds.${kind}`)}</Text>;
  return (
    <Badge variant="dot" color={colours[status as keyof typeof colours] ?? "gray"}>
      {t(`outcomes.${status}.label`)}
    </Badge>
  );
}
