import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Title,
  useDirection,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { i18n, type Language, languages, speak } from "./language.js";
import { pages } from "./pages.js";

/** What surrounds each page: where one is, where one can go, in which language and light. */
export function Shell({ person }: { readonly person?: ReactNode }) {
  const { t } = useTranslation();
  const [isOpen, { toggle, close }] = useDisclosure();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("shell.menu")} />
            <Title order={1} size="h4" style={{ whiteSpace: "nowrap" }}>
              {t("shell.title")}
            </Title>
          </Group>
          <Group gap="xs" wrap="nowrap">
            {person}
            <LanguageMenu />
            <LightSwitch />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("shell.navigation")}>
        {pages.map(({ path: to, name }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={t(`pages.${name}`)}
            active={path === to || path.startsWith(`${to}/`)}
            aria-current={path === to ? "page" : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function LanguageMenu() {
  const { t } = useTranslation();
  const { setDirection } = useDirection();
  const choose = (language: Language) => void speak(language).then(() => setDirection(i18n.dir()));
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={t("shell.language")}>
          <Text span size="sm" aria-hidden>
            {i18n.language.toUpperCase()}
          </Text>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.entries(languages) as [Language, string][]).map(([language, name]) => (
          <Menu.Item key={language} lang={language} onClick={() => choose(language)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function LightSwitch() {
  const { t } = useTranslation();
  const { toggleColorScheme } = useMantineColorScheme();
  return (
    <ActionIcon variant="subtle" size="lg" aria-label={t("shell.light")} onClick={toggleColorScheme}>
      <Text span aria-hidden>
        ◐
      </Text>
    </ActionIcon>
  );
}
