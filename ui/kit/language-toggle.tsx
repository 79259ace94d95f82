/** Two buttons, one for each language, each named in its own words. */
import { languageNames, languages } from './language.ts';
import { useMessages, useScreen } from './screen.tsx';

export function LanguageToggle() {
  const { language } = useScreen();
  const m = useMessages();
  return (
    <fieldset class="languages">
      <legend class="visually-hidden">{m.top.language}</legend>
      {languages.map((each) => (
        <button
          key={each}
          type="button"
          class="language"
          lang={each}
          aria-label={`${each.toUpperCase()} ${languageNames[each]}`}
          aria-pressed={language.current.value === each}
          onClick={() => language.choose(each)}
        >
          {each.toUpperCase()}
        </button>
      ))}
    </fieldset>
  );
}
