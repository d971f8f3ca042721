import { Alert, createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

/** A calm blue green: 4.5:1 on white from shade 7, and on the dark body up to shade 4. */
const weft: MantineColorsTuple = [
  "#e9f7f6",
  "#d5ebe9",
  "#a9d7d3",
  "#79c2bc",
  "#53b0a9",
  "#3aa59d",
  "#2a8d86",
  "#1b736d",
  "#0f5f5a",
  "#004a46",
];

export const theme = createTheme({
  primaryColor: "weft",
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  colors: { weft },
  defaultRadius: "sm",
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Naskh Arabic', sans-serif",
  headings: { fontWeight: "600" },
  // The colour is behind the title; on it the title would be too faint.
  components: { Alert: Alert.extend({ styles: { title: { color: "var(--mantine-color-text)" } } }) },
});

/** Text of less weight still stands out by 4.5:1 from a striped row, on light and on dark. */
export const legible: CSSVariablesResolver = () => ({
  variables: {},
  light: { "--mantine-color-dimmed": "#59616a", "--mantine-color-placeholder": "#59616a" },
  dark: { "--mantine-color-dimmed": "#aeb5bc", "--mantine-color-placeholder": "#aeb5bc" },
});
