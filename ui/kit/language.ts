/** The language of one screen: what a person chose there, else the terminal's default. */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { en } from '../i18n/en.ts';
import type { Messages } from '../i18n/messages.ts';
import { vi } from '../i18n/vi.ts';
import type { TerminalView } from '../../src/contract/view.ts';

export type Language = TerminalView['terminal']['defaultLanguage'];

export const languages: readonly Language[] = ['vi', 'en'];
export const catalogues: Readonly<Record<Language, Messages>> = { vi, en };
/** Each language in its own words, whatever the screen speaks now. */
export const languageNames: Readonly<Record<Language, string>> = { vi: 'Tiếng Việt', en: 'English' };
export const locales: Readonly<Record<Language, string>> = { vi: 'vi-VN', en: 'en-GB' };

export interface LanguageChoice {
  readonly current: ReadonlySignal<Language>;
  readonly messages: ReadonlySignal<Messages>;
  choose(language: Language): void;
  /** Back to the terminal's default: the next customer did not choose anything. */
  forget(): void;
}

/** `storageKey` keeps the choice over a reload of the page; null keeps it only as long as the page lives. */
export function createLanguage(view: ReadonlySignal<TerminalView | null>, storageKey: string | null): LanguageChoice {
  const stored = storageKey === null ? null : sessionStorage.getItem(storageKey);
  const chosen = signal<Language | null>(languages.find((language) => language === stored) ?? null);
  const current = computed(() => chosen.value ?? view.value?.terminal.defaultLanguage ?? 'vi');
  return {
    current,
    messages: computed(() => catalogues[current.value]),
    choose(language) {
      chosen.value = language;
      if (storageKey !== null) sessionStorage.setItem(storageKey, language);
    },
    forget() {
      chosen.value = null;
    },
  };
}
