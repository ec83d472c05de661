/** The page of `unstride view` and of the static site. */
import { render } from 'preact';
import { openFromAddress } from './state.js';
import { App } from './views/app.js';

const root = document.getElementById('page');
if (root !== null) {
  render(<App />, root);
  void openFromAddress();
  window.addEventListener('hashchange', () => void openFromAddress());
}
