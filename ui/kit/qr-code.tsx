/** A QR code (ISO/IEC 18004) as one SVG path, with the quiet zone of four modules that scanners need (§5.3.8). */
import { encodeQR } from 'qr';
import { useMemo } from 'preact/hooks';

const quietModules = 4;

interface Drawing {
  readonly size: number;
  readonly path: string;
}

/** Dark modules, run by run along each row. */
function draw(payload: string): Drawing {
  const rows = encodeQR(payload, 'raw', { ecc: 'medium', border: quietModules });
  let path = '';
  for (const [y, row] of rows.entries()) {
    for (let x = 0; x < row.length; x += 1) {
      if (row[x] !== true) continue;
      const start = x;
      while (row[x + 1] === true) x += 1;
      path += `M${start} ${y}h${x + 1 - start}v1h-${x + 1 - start}z`;
    }
  }
  return { size: rows.length, path };
}

export function QrCode(props: { readonly payload: string; readonly label: string }) {
  const { size, path } = useMemo(() => draw(props.payload), [props.payload]);
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={props.label} shape-rendering="crispEdges">
      <rect class="qr-paper" width={size} height={size} />
      <path class="qr-ink" d={path} />
    </svg>
  );
}
