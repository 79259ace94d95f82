/**
 * A tone and a voice when money has come, through the audio of the platform. Never the only sign: the screen says the
 * same, and whatever is missing here (no audio, no Vietnamese voice, switched off) leaves the rest as it is.
 */
import { signal, type ReadonlySignal } from '@preact/signals';

const storageKey = 'cham.arrivalSound';
/** Two notes, the second higher: hertz, and seconds from the beginning. */
const notes = [
  { hertz: 880, at: 0 },
  { hertz: 1318.5, at: 0.16 },
] as const;
const noteSeconds = 0.35;
const loudness = 0.25;

export interface ArrivalSound {
  readonly on: ReadonlySignal<boolean>;
  readonly toggle: () => void;
  /** `words` in the language of `locale`; spoken only if the platform has a voice for it. */
  readonly play: (words: string, locale: string) => void;
}

export function createArrivalSound(): ArrivalSound {
  const on = signal(localStorage.getItem(storageKey) !== 'off');
  let audio: AudioContext | undefined;
  return {
    on,
    toggle() {
      on.value = !on.value;
      localStorage.setItem(storageKey, on.value ? 'on' : 'off');
    },
    play(words, locale) {
      if (!on.value) return;
      audio ??= new AudioContext();
      chime(audio);
      speak(words, locale);
    },
  };
}

function chime(audio: AudioContext): void {
  // Waits for a touch where the browser wants one; a till is touched all day.
  void audio.resume();
  for (const { hertz, at } of notes) {
    const begin = audio.currentTime + at;
    const tone = new OscillatorNode(audio, { frequency: hertz });
    const gain = new GainNode(audio, { gain: loudness });
    gain.gain.setValueAtTime(loudness, begin);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + noteSeconds);
    tone.connect(gain).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + noteSeconds);
  }
}

function speak(words: string, locale: string): void {
  const language = locale.slice(0, 2);
  const voice = speechSynthesis.getVoices().find(({ lang }) => lang.toLowerCase().startsWith(language));
  if (voice === undefined) return;
  const utterance = new SpeechSynthesisUtterance(words);
  utterance.voice = voice;
  utterance.lang = voice.lang;
  speechSynthesis.speak(utterance);
}
