/** Whole numbers as Vietnamese says them, for a voice: 45000 is "bốn mươi lăm nghìn". */

const digits = ['không', 'một', 'hai', 'ba', 'bốn', 'năm', 'sáu', 'bảy', 'tám', 'chín'] as const;
const groups = ['', 'nghìn', 'triệu', 'tỷ'] as const;

/** 0 to 99; `after`: something stands before it, so a lone digit has its "lẻ". */
function belowHundred(value: number, after: boolean): string {
  const tens = Math.floor(value / 10);
  const ones = value % 10;
  if (value === 0) return '';
  if (tens === 0) return after ? `lẻ ${digits[ones]}` : `${digits[ones]}`;
  const ten = tens === 1 ? 'mười' : `${digits[tens]} mươi`;
  if (ones === 0) return ten;
  // After "mươi", one is "mốt"; after "mười" it stays; five is "lăm" after both.
  const one = ones === 5 ? 'lăm' : ones === 1 && tens > 1 ? 'mốt' : digits[ones];
  return `${ten} ${one}`;
}

/** 0 to 999; `full`: a group of three after others, whose missing hundreds are said. */
function belowThousand(value: number, full: boolean): string {
  const hundreds = Math.floor(value / 100);
  const hasHundreds = full || hundreds > 0;
  const words = [hasHundreds ? `${digits[hundreds]} trăm` : '', belowHundred(value % 100, hasHundreds)];
  return words.filter((word) => word !== '').join(' ');
}

/** `value`: a whole number from 0 to 999 999 999 999. */
export function vietnameseNumber(value: number): string {
  if (value === 0) return digits[0];
  const words: string[] = [];
  for (let at = groups.length - 1; at >= 0; at -= 1) {
    const group = Math.floor(value / 1000 ** at) % 1000;
    if (group === 0) continue;
    words.push(belowThousand(group, words.length > 0), groups[at] ?? '');
  }
  return words.filter((word) => word !== '').join(' ');
}
