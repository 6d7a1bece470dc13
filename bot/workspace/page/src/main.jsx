import '@fontsource/lato/latin-400.css';
import '@fontsource/lato/latin-400-italic.css';
import '@fontsource/lato/latin-700.css';
import '@fontsource/lato/latin-900.css';
import 'slack-blocks-to-jsx/dist/style.css';
import './style.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.jsx';
import { follow } from './store.js';

follow().then(() => createRoot(document.getElementById('page')).render(<App />));
