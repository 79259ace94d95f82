/**
 * Our own icons: 24 × 24, two units of stroke, round ends. They repeat a word that stands beside them, so they
 * are hidden from assistive technology.
 */
import type { ComponentChildren } from 'preact';

function Icon(props: { readonly children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {props.children}
    </svg>
  );
}

/** The mark: the letter ạ of Chạm, drawn as a ring, a stem and the dot below. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 48" aria-hidden="true" focusable="false">
      <circle class="mark-line" cx="17" cy="18" r="12.5" />
      <path class="mark-line" d="M32 5.5v25" />
      <circle class="mark-dot" cx="19" cy="42" r="4.8" />
    </svg>
  );
}

export function CheckIcon() {
  return (
    <Icon>
      <path d="m5 12.5 4.5 4.5L19 7" />
    </Icon>
  );
}

export function CrossIcon() {
  return (
    <Icon>
      <path d="m6.5 6.5 11 11m0-11-11 11" />
    </Icon>
  );
}

export function QuestionIcon() {
  return (
    <Icon>
      <path d="M8.6 9.2a3.5 3.5 0 1 1 5 3.3c-1.1.5-1.6 1.2-1.6 2.4" />
      <path d="M12 18.6v.1" />
    </Icon>
  );
}

export function AlertIcon() {
  return (
    <Icon>
      <path d="M12 4 2.8 19.5h18.4Z" />
      <path d="M12 10v4.2m0 2.6v.1" />
    </Icon>
  );
}

/** Turned back, undone. */
export function UndoIcon() {
  return (
    <Icon>
      <path d="M8 5 4 9l4 4" />
      <path d="M4.5 9H14a5 5 0 0 1 0 10H8.5" />
    </Icon>
  );
}

/** Nothing: a ring struck through. */
export function NothingIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="8" />
      <path d="m6.4 17.6 11.2-11.2" />
    </Icon>
  );
}

export function HalfIcon() {
  return (
    <Icon>
      <circle cx="12" cy="12" r="8" />
      <path class="icon-fill" d="M12 4a8 8 0 0 1 0 16Z" />
    </Icon>
  );
}

export function HourglassIcon() {
  return (
    <Icon>
      <path d="M7 3.5h10M7 20.5h10M8 3.5c0 5 8 6 8 8.5s-8 3.5-8 8.5M16 3.5c0 5-8 6-8 8.5s8 3.5 8 8.5" />
    </Icon>
  );
}

export function CardIcon() {
  return (
    <Icon>
      <rect x="2.5" y="5" width="19" height="14" rx="2.5" />
      <path d="M2.5 9.8h19M6 15h4" />
    </Icon>
  );
}

export function ContactlessIcon() {
  return (
    <Icon>
      <path d="M6 8.5a7 7 0 0 1 0 7M10 6.5a11 11 0 0 1 0 11M14 4.5a15 15 0 0 1 0 15" />
    </Icon>
  );
}

export function QrIcon() {
  return (
    <Icon>
      <rect x="3.5" y="3.5" width="6.5" height="6.5" rx="1" />
      <rect x="14" y="3.5" width="6.5" height="6.5" rx="1" />
      <rect x="3.5" y="14" width="6.5" height="6.5" rx="1" />
      <path d="M14 14h3v3h-3M20.5 14v6.5H17M14 20.5h.1" />
    </Icon>
  );
}

export function ScanIcon() {
  return (
    <Icon>
      <path d="M4 9V6a2 2 0 0 1 2-2h3M15 4h3a2 2 0 0 1 2 2v3M20 15v3a2 2 0 0 1-2 2h-3M9 20H6a2 2 0 0 1-2-2v-3M3 12h18" />
    </Icon>
  );
}

export function PrinterIcon() {
  return (
    <Icon>
      <path d="M7 8.5V3.5h10v5" />
      <path d="M7 17H4.5A1.5 1.5 0 0 1 3 15.5v-5A2 2 0 0 1 5 8.5h14a2 2 0 0 1 2 2v5a1.5 1.5 0 0 1-1.5 1.5H17" />
      <path d="M7 13.5h10v7H7Z" />
    </Icon>
  );
}

export function DisplayIcon() {
  return (
    <Icon>
      <rect x="3" y="4" width="18" height="12" rx="2" />
      <path d="M12 16v4m-4 0h8" />
    </Icon>
  );
}

export function BankIcon() {
  return (
    <Icon>
      <path d="M3.5 9.5 12 4l8.5 5.5ZM5.5 9.5V17m4.3-7.5V17m4.4-7.5V17m4.3-7.5V17M3.5 20h17" />
    </Icon>
  );
}

export function ListIcon() {
  return (
    <Icon>
      <path d="m3.5 6.5 1.5 1.5 2.5-3M3.5 15.5 5 17l2.5-3M11 7h9.5M11 16h9.5" />
    </Icon>
  );
}

export function HistoryIcon() {
  return (
    <Icon>
      <path d="M4 12a8 8 0 1 0 2.6-5.9L4 8.5M4 4v4.5h4.5M12 8v4.5l3 2" />
    </Icon>
  );
}

export function BackspaceIcon() {
  return (
    <Icon>
      <path d="M8.5 5.5H20A1.5 1.5 0 0 1 21.5 7v10a1.5 1.5 0 0 1-1.5 1.5H8.5L2.5 12Z" />
      <path d="m11.5 9.5 5 5m0-5-5 5" />
    </Icon>
  );
}

export function BackIcon() {
  return (
    <Icon>
      <path d="M11 5.5 4.5 12l6.5 6.5M5 12h15" />
    </Icon>
  );
}

export function PlusIcon() {
  return (
    <Icon>
      <path d="M12 5v14M5 12h14" />
    </Icon>
  );
}

export function PlugIcon() {
  return (
    <Icon>
      <path d="M8.5 3v5m7-5v5M6 8h12v3.5a6 6 0 0 1-12 0ZM12 17.5V21" />
    </Icon>
  );
}

export function UnplugIcon() {
  return (
    <Icon>
      <path d="M8.5 3v5m7-5v5M6 8h12v3.5a6 6 0 0 1-12 0ZM12 17.5V21M3 3l18 18" />
    </Icon>
  );
}

export function WarningSignIcon() {
  return (
    <Icon>
      <path d="M12 8v5m0 3.2v.1" />
      <circle cx="12" cy="12" r="9" />
    </Icon>
  );
}

export function CashIcon() {
  return (
    <Icon>
      <rect x="2.5" y="6" width="19" height="12" rx="2" />
      <circle cx="12" cy="12" r="2.8" />
      <path d="M6 9.5v.1M18 14.4v.1" />
    </Icon>
  );
}

/** Held back: a lock. */
export function KeypadIcon() {
  return (
    <Icon>
      <rect x="5" y="3" width="14" height="18" rx="2.5" />
      <path d="M8.5 7.5h7M9 12h.01M12 12h.01M15 12h.01M9 16h.01M12 16h.01M15 16h.01" />
    </Icon>
  );
}

export function LockIcon() {
  return (
    <Icon>
      <rect x="5" y="10.5" width="14" height="10" rx="2" />
      <path d="M8.5 10.5V7.5a3.5 3.5 0 0 1 7 0v3M12 14.5v2" />
    </Icon>
  );
}

/** Kept here until it can be delivered: a tray. */
export function TrayIcon() {
  return (
    <Icon>
      <path d="M4 13.5 6 5h12l2 8.5V19H4ZM4 13.5h4.5l1.5 2.5h4l1.5-2.5H20" />
    </Icon>
  );
}

export function CalendarIcon() {
  return (
    <Icon>
      <rect x="3.5" y="5" width="17" height="15.5" rx="2" />
      <path d="M3.5 10h17M8 3v4m8-4v4" />
    </Icon>
  );
}

/** One bill, several payments. */
export function SplitIcon() {
  return (
    <Icon>
      <path d="M12 20v-7L5.5 6.5M12 13l6.5-6.5M5 11V6h5m4 0h5v5" />
    </Icon>
  );
}

export function MenuIcon() {
  return (
    <Icon>
      <path d="M4 6.5h16M4 12h16M4 17.5h16" />
    </Icon>
  );
}

/** A person decides. */
export function PersonIcon() {
  return (
    <Icon>
      <circle cx="12" cy="7.5" r="3.5" />
      <path d="M5 20a7 7 0 0 1 14 0" />
    </Icon>
  );
}
