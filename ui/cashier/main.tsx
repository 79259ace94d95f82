/** Entry of /cashier.html. */
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
import { connectTerminal } from '../kit/connection.ts';
import { createLanguage } from '../kit/language.ts';
import { showPage } from '../kit/page.tsx';
import { ScreenProvider } from '../kit/screen.tsx';
import { CashierScreen } from './cashier-screen.tsx';

const terminal = connectTerminal();
const language = createLanguage(terminal.view, 'cham.cashierLanguage');
showPage(
  language,
  <ScreenProvider terminal={terminal} language={language}>
    <h1 class="visually-hidden">Chạm</h1>
    <CashierScreen />
  </ScreenProvider>,
);
