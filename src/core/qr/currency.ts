/**
 * Currencies as payment codes name them: ISO 4217 list one, numeric and alphabetic code and number of decimals. Wider
 * than `base/money.ts`, because the codes of strangers are read here; the terminal itself moves what it knows there.
 */

export interface QrCurrency {
  /** Three letters. */
  readonly code: string;
  /** Decimals of the major unit. */
  readonly exponent: number;
}

/** Numeric code and letters, by the number of decimals. */
const rows: readonly (readonly [exponent: number, list: string])[] = [
  [
    0,
    `108BIF 152CLP 174KMF 262DJF 324GNF 352ISK 392JPY 410KRW 548VUV 600PYG 646RWF 704VND 800UGX 950XAF 952XOF 953XPF`,
  ],
  [
    2,
    `008ALL 012DZD 032ARS 036AUD 044BSD 050BDT 051AMD 052BBD 060BMD 064BTN 068BOB 072BWP 084BZD 090SBD 096BND 104MMK
     116KHR 124CAD 132CVE 136KYD 144LKR 156CNY 170COP 188CRC 192CUP 203CZK 208DKK 214DOP 222SVC 230ETB 232ERN 238FKP
     242FJD 270GMD 292GIP 320GTQ 328GYD 332HTG 340HNL 344HKD 348HUF 356INR 360IDR 364IRR 376ILS 388JMD 398KZT 404KES
     408KPW 417KGS 418LAK 422LBP 426LSL 430LRD 446MOP 454MWK 458MYR 462MVR 480MUR 484MXN 496MNT 498MDL 504MAD 516NAD
     524NPR 532XCG 533AWG 554NZD 558NIO 566NGN 578NOK 586PKR 590PAB 598PGK 604PEN 608PHP 634QAR 643RUB 654SHP 682SAR
     690SCR 702SGD 706SOS 710ZAR 728SSP 748SZL 752SEK 756CHF 760SYP 764THB 776TOP 780TTD 784AED 807MKD 818EGP 826GBP
     834TZS 840USD 858UYU 860UZS 882WST 886YER 901TWD 925SLE 929MRU 930STN 933BYN 934TMT 936GHS 938SDG 941RSD 943MZN
     944AZN 946RON 949TRY 951XCD 967ZMW 968SRD 969MGA 971AFN 973AOA 975BGN 976CDF 977BAM 978EUR 980UAH 981GEL 985PLN
     986BRL`,
  ],
  [3, `048BHD 368IQD 400JOD 414KWD 434LYD 512OMR 788TND`],
];

const table: ReadonlyMap<string, QrCurrency> = new Map(
  rows.flatMap(([exponent, list]) =>
    list.split(/\s+/).map((entry): [string, QrCurrency] => [entry.slice(0, 3), { code: entry.slice(3), exponent }]),
  ),
);

/** By the numeric code of object 53; undefined for a code that is not in the list. */
export function currencyOf(numeric: string | undefined): QrCurrency | undefined {
  return numeric === undefined ? undefined : table.get(numeric);
}
