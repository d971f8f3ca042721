import { Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { useTranslation } from "react-i18next";
import { api, ApiError, type Me, type WordsAnswer } from "./api.js";
import { Refused } from "./refused.js";

const Session = createContext<{ readonly me: Me; readonly words: WordsAnswer } | undefined>(undefined);

/** Shows `children` to who is signed in, and how to sign in to who is not. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const me = useQuery({ queryKey: ["me"], queryFn: api.me, staleTime: Infinity });
  const words = useQuery({
    queryKey: ["words", i18n.language],
    queryFn: () => api.words(i18n.language),
    staleTime: Infinity,
    enabled: me.isSuccess,
  });
  if (me.error instanceof ApiError && me.error.status === 401) return <SignIn />;
  if (me.error ?? words.error) return <Refused error={me.error ?? words.error} />;
  if (!me.data || !words.data)
    return (
      <Center mih={200}>
        <Loader aria-label={t("session.loading")} />
      </Center>
    );
  return (
    <Session.Provider value={{ me: me.data, words: words.data }}>
      <Stack>
        <Who me={me.data} words={words.data} />
        {children}
      </Stack>
    </Session.Provider>
  );
}

function SignIn() {
  const { t, i18n } = useTranslation();
  const answer = useQuery({ queryKey: ["organisations"], queryFn: api.organisations, staleTime: Infinity });
  const refused = new URLSearchParams(location.search).get("refused");
  return (
    <Stack maw={560}>
      <Title order={2}>{t("session.title")}</Title>
      <Text>{t("session.lead")}</Text>
      {refused !== null && <Refused error={new ApiError(401, refused, t("session.refused"))} />}
      <Refused error={answer.error} />
      {answer.data?.organisations.map(({ id, names }) => (
        <Button key={id} component="a" variant="default" href={`/sign-in?organisation=${encodeURIComponent(id)}`}>
          {names[i18n.language] ?? names["en"] ?? id}
        </Button>
      ))}
    </Stack>
  );
}

function Who({ me, words }: { readonly me: Me; readonly words: WordsAnswer }) {
  const { t } = useTranslation();
  const leave = useMutation({ mutationFn: () => api.signOut(me.csrf), onSuccess: () => location.assign("/") });
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed">
        {words.organisations[me.organisation] ?? me.organisation} · <bdi>{me.officer}</bdi> ·{" "}
        {t(`session.scope.${me.scope ?? "none"}`)}
      </Text>
      <Button size="xs" variant="subtle" loading={leave.isPending} onClick={() => leave.mutate()}>
        {t("session.signOut")}
      </Button>
    </Group>
  );
}

export const useMe = (): Me => useSession().me;
export const useWords = (): WordsAnswer => useSession().words;

function useSession() {
  const session = useContext(Session);
  if (!session) throw new Error("outside of SignedIn");
  return session;
}
