import './style.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { element, ownAddress } from '../common/dom.js';
import { isChinese, showTime, t, translateModule } from '../common/i18n.js';
import { loading } from '../common/ready.js';
import { touchable } from './touch.js';

const STATES = { done: 'Done', current: 'In progress', returned: 'Returned', overdue: 'Overdue', cancelled: 'Cancelled' };
const READABLE = 0.6;
const BPMN_LABELS = 'https://qingshen.org/bpmn/1';

/** Give a diagram with the names it has in the page's language; Chinese is what diagrams are written in. */
function inOurLanguage(xml) {
  if (isChinese) {
    return xml;
  }

  const parsed = new DOMParser().parseFromString(xml, 'application/xml');

  if (parsed.querySelector('parsererror')) {
    return xml;
  }

  [...parsed.getElementsByTagNameNS(BPMN_LABELS, 'label')]
    .filter((label) => label.getAttribute('lang') === 'en' && label.getAttribute('text'))
    .forEach((label) => label.parentNode?.parentNode?.setAttribute?.('name', label.getAttribute('text')));

  return new XMLSerializer().serializeToString(parsed);
}

/** Say who has the open tasks of an element, or may take them, and until when. */
function inWords({ text, tasks = [] }) {
  const lines = tasks.map(({ holder, offered_to: offered = [], due_at: due }) => {
    const who = holder || offered.join(', ');

    return due ? `${who} ${t('due {time}', { time: showTime(due, 'day') })}` : who;
  });

  return [text, ...lines].filter(Boolean).join('\n');
}

/** One figure: a diagram with the states of a case, and the way down into called processes. */
class Diagram {
  constructor(figure) {
    this.figure = figure;
    this.trail = [];
    this.path = element('nav', { class: 'qs-diagram-path', 'aria-label': t('Path of the diagram') });
    this.canvas = element('div', { class: 'qs-diagram-canvas' });
    this.canvas.style.height = `${Number(figure.dataset.height) || 420}px`;
    this.links = element('div', { class: 'qs-diagram-links' });
    this.viewer = new NavigatedViewer({ container: this.canvas, additionalModules: [translateModule] });
    this.legend = element('ul', { class: 'qs-diagram-legend', 'aria-label': t('Legend') });
    figure.append(this.path, this.tools(), this.canvas, this.links, this.legend);
    touchable(this.canvas, this.viewer.get('canvas'));
    this.listen();
  }

  tools() {
    const zoom = (step) => () => this.viewer.get('zoomScroll').stepZoom(step);
    const button = (text, label, act) => element('button', { type: 'button', class: 'btn btn-sm', title: label, 'aria-label': label, onclick: act }, text);

    return element('div', { class: 'qs-diagram-tools btn-group d-print-none' },
      button('+', t('Zoom in'), zoom(1)), button('−', t('Zoom out'), zoom(-1)), button('⤢', t('Fit'), () => this.fit()));
  }

  showLegend({ elements = {} }) {
    const met = new Set(['done', 'current', ...Object.values(elements).map(({ state }) => state)]);
    const entries = [...Object.entries(STATES).filter(([state]) => met.has(state)), ['future', 'Not reached']]
      .map(([state, text]) => element('li', { class: `status status-${state}` }, t(text)));

    this.legend.replaceChildren(...entries);
  }

  listen() {
    this.viewer.on('element.click', ({ element: clicked }) => {
      const url = this.drill?.[clicked.businessObject?.id];

      if (url) {
        this.open(url);
      }
    });
  }

  /** Load an address; what was shown before stays reachable above the diagram. */
  async open(url) {
    const address = ownAddress(url);

    if (!address) {
      return;
    }

    const response = await fetch(address, { headers: { Accept: 'application/json' } });

    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }

    const found = await response.json();
    const before = this.trail.findIndex((step) => step.url === address);
    this.trail = before >= 0 ? this.trail.slice(0, before) : this.trail;

    if (this.trail.length === 0 && found.up) {
      this.trail.push({ url: ownAddress(found.up.url), title: found.up.title });
    }

    this.trail.push({ url: address, title: found.title });
    await this.show(found);
  }

  async show(found) {
    await this.viewer.importXML(inOurLanguage(found.xml));
    this.drill = found.drill || {};
    this.mark(found);
    this.describe(found);
    this.showPath();
    this.showLinks();
    this.showLegend(found);
    this.here = Object.entries(found.elements || {}).filter(([, { state }]) => state === 'current' || state === 'overdue')
      .map(([id]) => this.viewer.get('elementRegistry').get(id)).filter(Boolean);
    this.fit();
    this.approach();
  }

  mark({ elements = {}, flows = {} }) {
    const canvas = this.viewer.get('canvas');
    const overlays = this.viewer.get('overlays');
    const registry = this.viewer.get('elementRegistry');

    Object.entries(elements).forEach(([id, facts]) => {
      const { state, count = 0, open = 0 } = facts;

      if (!registry.get(id) || !(state in STATES)) {
        return;
      }

      canvas.addMarker(id, `qs-${state}`);

      // how often it stands open now, else how often it was gone through
      const number = open > 0 ? open : count;
      const text = inWords(facts);

      if (number > 1 || text) {
        const html = element('span', { class: `qs-diagram-count qs-diagram-count-${state}`, title: text }, String(number || 1));
        overlays.add(id, 'state', { position: { top: -10, right: 12 }, html });
      }
    });
    Object.keys(flows).filter((id) => registry.get(id)).forEach((id) => canvas.addMarker(id, 'qs-done'));
    Object.keys(this.drill).filter((id) => registry.get(id)).forEach((id) => canvas.addMarker(id, 'qs-drill'));
  }

  describe({ title }) {
    const svg = this.canvas.querySelector('svg');

    svg?.setAttribute('role', 'img');
    svg?.setAttribute('aria-label', this.figure.getAttribute('aria-label') || t('Process diagram: {title}', { title }));
  }

  showPath() {
    const steps = this.trail.map(({ url, title }, index) => (index === this.trail.length - 1
      ? element('span', { 'aria-current': 'page' }, title || '')
      : element('button', { type: 'button', class: 'btn btn-link btn-sm', onclick: () => this.open(url) }, title || '')));

    this.path.hidden = steps.length < 2;
    this.path.replaceChildren(...steps);
  }

  /** The way down for a keyboard: a button for each called process. */
  showLinks() {
    const registry = this.viewer.get('elementRegistry');
    const buttons = Object.entries(this.drill).filter(([id]) => registry.get(id)).map(([id, url]) => {
      const name = registry.get(id).businessObject.name || id;

      return element('button', { type: 'button', class: 'btn btn-sm', onclick: () => this.open(url) }, t('Open {element}', { element: name }));
    });

    this.links.hidden = buttons.length === 0;
    this.links.replaceChildren(...buttons);
  }

  fit() {
    const canvas = this.viewer.get('canvas');

    // a folded diagram has no size to fit to
    if (this.canvas.clientWidth > 0) {
      canvas.resized();
      canvas.zoom('fit-viewport', 'auto');
    }
  }

  /** Come close to where the case stands when the whole would be too small to read. */
  approach() {
    const canvas = this.viewer.get('canvas');
    const [first] = this.here || [];

    if (first && this.canvas.clientWidth > 0 && canvas.zoom() < READABLE) {
      canvas.zoom(READABLE);
      canvas.scrollToElement(first, { top: 80, bottom: 80, left: 60, right: 60 });
    }
  }
}

function fold(figure, diagram) {
  const narrow = window.matchMedia('(max-width: 767.98px)').matches;

  if (!narrow && !('collapsed' in figure.dataset)) {
    return;
  }

  const details = element('details', { class: 'qs-diagram-fold' }, element('summary', {}, t('Show the diagram')));

  figure.before(details);
  details.append(figure);
  details.addEventListener('toggle', () => {
    if (details.open) {
      diagram.fit();
      diagram.approach();
    }
  });
}

async function start(figure) {
  const diagram = new Diagram(figure);

  fold(figure, diagram);
  figure.__diagram = diagram;

  try {
    await diagram.open(figure.dataset.diagramUrl);
  } catch (error) {
    diagram.canvas.replaceChildren(element('p', { class: 'qs-diagram-fault', role: 'alert' }, t('The diagram could not be loaded.')));
    figure.dataset.fault = error.message;
  }
}

const done = loading('diagram');
Promise.all([...document.querySelectorAll('[data-diagram-url]')].map(start)).then(done);
