/**
 * Puts one screen on one page, and keeps the page's own language what the screen speaks. A press with finger
 * or mouse does not take the focus: Enter on the keyboard would otherwise press that button again.
 */
import { effect } from '@preact/signals';
import { render, type ComponentChildren } from 'preact';
import type { LanguageChoice } from './language.ts';

export function showPage(language: LanguageChoice, content: ComponentChildren): void {
  effect(() => {
    document.documentElement.lang = language.current.value;
  });
  document.addEventListener('mousedown', (event) => {
    if (event.target instanceof Element && event.target.closest('button') !== null) event.preventDefault();
  });
  const root = document.getElementById('root');
  if (root === null) throw new Error('page: no #root in the document');
  render(content, root);
}
