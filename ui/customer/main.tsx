/** Entry of /customer.html. */
import '../styles/fonts.css';
import '../styles/tokens.css';
import '../styles/base.css';
import '../styles/notices.css';
import '../styles/sale.css';
import '../styles/illustrations.css';
import '../styles/customer.css';
import { connectTerminal } from '../kit/connection.ts';
import { createLanguage } from '../kit/language.ts';
import { showPage } from '../kit/page.tsx';
import { ScreenProvider } from '../kit/screen.tsx';
import { CustomerScreen } from './customer-screen.tsx';

const terminal = connectTerminal();
const language = createLanguage(terminal.view, null);
showPage(
  language,
  <ScreenProvider terminal={terminal} language={language}>
    <h1 class="visually-hidden">Chạm</h1>
    <CustomerScreen />
  </ScreenProvider>,
);
