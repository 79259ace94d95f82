/** Contact or contactless? PC/SC does not say, so it is told by the ATR and by what makers call their readers. */

export type CardInterface = 'contact' | 'contactless';

const contactlessNames = /contactless|picc|\bcl\b|nfc|rfid|acr122/i;

/**
 * For a contactless card the reader makes an ATR up: 3B 8n 80 01, historical bytes, check byte (PC/SC Part 3
 * §3.1.3.2.3). Some readers give a phone the ATR of its applet instead; then the name decides.
 */
export function guessInterface(atr: Uint8Array, readerName: string): CardInterface {
  const [ts, t0 = 0, td1, td2] = atr;
  const madeUp = ts === 0x3b && t0 >> 4 === 0x8 && td1 === 0x80 && td2 === 0x01;
  return madeUp || contactlessNames.test(readerName) ? 'contactless' : 'contact';
}
