/**
 * Pictures of the waiting stages, drawn inside the countdown ring: 200 × 200, centred on 100,100. Movement is
 * in illustrations.css and stops when the person prefers less of it.
 */
import type { JSX } from 'preact';
import type { AskingPrompt } from '../i18n/card-messages.ts';
import type { WaitingStage } from '../i18n/sale-messages.ts';

function TapPicture() {
  return (
    <g class="pic pic-tap">
      <rect class="pic-body" x="38" y="54" width="62" height="98" rx="11" />
      <rect class="pic-screen" x="47" y="64" width="44" height="30" rx="4" />
      <path class="pic-keys" d="M54 109h.1M69 109h.1M84 109h.1M54 123h.1M69 123h.1M84 123h.1M54 137h.1M69 137h.1" />
      <circle class="pic-lamp" cx="84" cy="137" r="4.5" />
      <path class="pic-wave pic-wave-1" d="M109 92a17 17 0 0 1 0 24" />
      <path class="pic-wave pic-wave-2" d="M118 83a30 30 0 0 1 0 42" />
      <path class="pic-wave pic-wave-3" d="M127 74a43 43 0 0 1 0 60" />
      <g class="pic-card">
        <rect class="pic-card-face" x="132" y="72" width="44" height="66" rx="6" />
        <path class="pic-card-stripe" d="M165 72v66" />
        <rect class="pic-card-chip" x="140" y="81" width="11" height="13" rx="2.5" />
        <path class="pic-card-line" d="M146 112v17" />
      </g>
    </g>
  );
}

function InsertPicture() {
  return (
    <g class="pic pic-insert">
      <g class="pic-card">
        <rect class="pic-card-face" x="66" y="40" width="68" height="86" rx="8" />
        <rect class="pic-card-chip" x="90" y="92" width="20" height="17" rx="3" />
        <path class="pic-card-line" d="M82 58h36" />
      </g>
      <rect class="pic-body" x="46" y="116" width="108" height="44" rx="10" />
      <path class="pic-slot" d="M60 126h80" />
    </g>
  );
}

function PinPicture() {
  return (
    <g class="pic pic-pin">
      <rect class="pic-body" x="62" y="46" width="76" height="108" rx="12" />
      <rect class="pic-screen" x="72" y="57" width="56" height="26" rx="4" />
      <path
        class="pic-keys"
        d="M82 100h.1M100 100h.1M118 100h.1M82 117h.1M100 117h.1M118 117h.1M82 134h.1M100 134h.1"
      />
      <circle class="pic-lamp" cx="118" cy="134" r="4.5" />
      <path class="pic-keys" d="M83 70h.1M95 70h.1M107 70h.1M119 70h.1" />
    </g>
  );
}

function BankPicture() {
  return (
    <g class="pic pic-bank">
      <path class="pic-roof" d="M100 44 152 76H48Z" />
      <circle class="pic-coin" cx="100" cy="64" r="6" />
      <path class="pic-columns" d="M62 84v36m25-36v36m26-36v36m25-36v36" />
      <path class="pic-base" d="M50 128h100" />
      <path class="pic-line" d="M58 152h84" />
      <circle class="pic-pulse pic-pulse-1" cx="62" cy="152" r="5.5" />
      <circle class="pic-pulse pic-pulse-2" cx="100" cy="152" r="5.5" />
      <circle class="pic-pulse pic-pulse-3" cx="138" cy="152" r="5.5" />
    </g>
  );
}

function QrPicture() {
  return (
    <g class="pic pic-qr">
      <path class="pic-finder" d="M56 56h28v28H56ZM116 56h28v28h-28ZM56 116h28v28H56Z" />
      <path class="pic-finder-eye" d="M65 65h10v10H65ZM125 65h10v10h-10ZM65 125h10v10H65Z" />
      <path
        class="pic-modules pic-modules-1"
        d="M94 56h8v8h-8ZM94 74h8v8h-8ZM102 92h8v8h-8ZM56 94h8v8h-8ZM74 94h8v8h-8Z"
      />
      <path class="pic-modules pic-modules-2" d="M116 94h8v8h-8ZM134 102h8v8h-8ZM94 116h8v8h-8ZM102 134h8v8h-8Z" />
      <path class="pic-modules pic-modules-3" d="M118 118h10v10h-10ZM136 118h8v8h-8ZM128 134h14v8h-14Z" />
    </g>
  );
}

function CheckPicture() {
  return (
    <g class="pic pic-check">
      <rect class="pic-paper" x="58" y="48" width="70" height="92" rx="7" />
      <path class="pic-rows" d="M72 68h42M72 84h42M72 100h24" />
      <g class="pic-glass">
        <circle class="pic-lens" cx="118" cy="112" r="24" />
        <path class="pic-handle" d="m136 130 18 18" />
        <path class="pic-dong" d="M124 101v20M117 104.5h11M124 113a6 6 0 1 0 0 4M112 125h13" />
      </g>
    </g>
  );
}

function CashPicture() {
  return (
    <g class="pic pic-cash">
      <rect class="pic-note pic-note-under" x="52" y="62" width="104" height="56" rx="6" />
      <rect class="pic-note" x="44" y="78" width="112" height="60" rx="6" />
      <circle class="pic-note-mark" cx="100" cy="108" r="15" />
      <path class="pic-rows" d="M58 92h.1M142 124h.1" />
    </g>
  );
}

const pictures: Readonly<Record<WaitingStage, () => JSX.Element>> = {
  presentCard: TapPicture,
  authorising: BankPicture,
  completingCard: InsertPicture,
  preparingQr: QrPicture,
  showQr: QrPicture,
  checkingPayment: CheckPicture,
  storing: CheckPicture,
  takeCash: CashPicture,
};

const promptPictures: Readonly<Record<AskingPrompt, () => JSX.Element>> = {
  leaveCard: InsertPicture,
  chooseApplication: InsertPicture,
  enterPin: PinPicture,
};

/** What an inserted card asks for. */
export function PromptPicture(props: { readonly kind: AskingPrompt }) {
  const Picture = promptPictures[props.kind];
  return <Picture />;
}

export function StagePicture(props: { readonly stage: WaitingStage; readonly byCode: boolean }) {
  const Picture = props.byCode && props.stage === 'presentCard' ? QrPicture : pictures[props.stage];
  return <Picture />;
}
