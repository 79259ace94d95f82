/** Which icon stands for a stage, an answer or a device: one table for all screens. */
import type { JSX } from 'preact';
import type { DeviceView, MoneyView, SaleStage, SaleView } from '../../src/contract/view.ts';
import { isWaiting, resultWords, waitingWords, type Tone } from '../i18n/explain.ts';
import type { Messages } from '../i18n/messages.ts';
import {
  CardIcon,
  CashIcon,
  CheckIcon,
  ContactlessIcon,
  CrossIcon,
  DisplayIcon,
  HalfIcon,
  HourglassIcon,
  KeypadIcon,
  LockIcon,
  NothingIcon,
  PrinterIcon,
  QrIcon,
  QuestionIcon,
  ScanIcon,
  TrayIcon,
  UndoIcon,
  WarningSignIcon,
} from './icons.tsx';

const stageIcons: Readonly<Record<SaleStage, () => JSX.Element>> = {
  presentCard: HourglassIcon,
  authorising: HourglassIcon,
  completingCard: HourglassIcon,
  preparingQr: HourglassIcon,
  showQr: HourglassIcon,
  checkingPayment: HourglassIcon,
  approved: CheckIcon,
  underPaid: HalfIcon,
  declined: CrossIcon,
  cancelled: CrossIcon,
  failed: WarningSignIcon,
  expired: HourglassIcon,
  unknown: QuestionIcon,
  refunding: HourglassIcon,
  reversed: UndoIcon,
  partlyApproved: HalfIcon,
  storing: HourglassIcon,
  stored: TrayIcon,
  lateDeclined: CrossIcon,
  held: LockIcon,
  raisingHold: HourglassIcon,
  completing: CheckIcon,
  completed: CheckIcon,
  voiding: HourglassIcon,
  voided: UndoIcon,
  takeCash: HourglassIcon,
};

const moneyIcons: Readonly<Record<SaleView['moneyMoved'], () => JSX.Element>> = {
  yes: CheckIcon,
  no: NothingIcon,
  unknown: QuestionIcon,
};

const roleIcons: Readonly<Record<DeviceView['role'], () => JSX.Element>> = {
  cardReader: ContactlessIcon,
  codeScanner: ScanIcon,
  pinPad: KeypadIcon,
  receiptPrinter: PrinterIcon,
  customerDisplay: DisplayIcon,
};

export function StageIcon(props: { readonly stage: SaleStage }) {
  const Icon = stageIcons[props.stage];
  return <Icon />;
}

/** The sign beside the answer to "was money taken?". */
export function MoneyIcon(props: { readonly moneyMoved: SaleView['moneyMoved'] }) {
  const Icon = moneyIcons[props.moneyMoved];
  return <Icon />;
}

const methodIcons: Readonly<Record<SaleView['method'], () => JSX.Element>> = {
  card: CardIcon,
  qr: QrIcon,
  cash: CashIcon,
};

export function MethodIcon(props: { readonly method: SaleView['method'] }) {
  const Icon = methodIcons[props.method];
  return <Icon />;
}

export function RoleIcon(props: { readonly role: DeviceView['role'] }) {
  const Icon = roleIcons[props.role];
  return <Icon />;
}

/** One line for lists: how the sale looks, its stage and its money answer. */
export function saleSummary(sale: SaleView, m: Messages): { tone: Tone | 'wait'; title: string; money: string } {
  const stage = sale.stage;
  if (!isWaiting(stage)) return resultWords({ ...sale, stage }, m);
  const money = sale.kind === 'refund' ? m.refundMoney : m.money;
  return { tone: 'wait', title: waitingWords({ ...sale, stage }, m).title, money: money[sale.moneyMoved].cashier };
}

/** The amount that matters now: what is held, what was or will be charged, or what is asked for. */
export function mainAmount(sale: SaleView): MoneyView {
  if (sale.held !== null && (sale.stage === 'held' || sale.stage === 'raisingHold')) return sale.held;
  return sale.charged;
}

/** `970400******0018` in groups of four. */
export function groupPan(maskedPan: string): string {
  return maskedPan.replaceAll(/(.{4})(?=.)/g, '$1 ');
}
