/** Entry of /demo.html and of /. */
import '../styles/fonts.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/notices.css';
import '../styles/sale.css';
import '../styles/illustrations.css';
import '../styles/cashier.css';
import '../styles/entry.css';
import '../styles/sale-panel.css';
import '../styles/lists.css';
import '../styles/desk.css';
import '../styles/customer.css';
import '../styles/strip.css';
import '../styles/demo.css';
import { connectTerminal } from '../kit/connection.ts';
import { createLanguage } from '../kit/language.ts';
import { showPage } from '../kit/page.tsx';
import { DemoShell } from './demo-shell.tsx';

const terminal = connectTerminal();
const cashierLanguage = createLanguage(terminal.view, 'cham.cashierLanguage');
showPage(
  cashierLanguage,
  <DemoShell
    terminal={terminal}
    cashierLanguage={cashierLanguage}
    customerLanguage={createLanguage(terminal.view, null)}
  />,
);
