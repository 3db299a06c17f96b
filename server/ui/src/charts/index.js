// The charts of a case: the flow of a balance, and what the options have changed. Each stands above its table.
import './style.css';
import { BarChart, SankeyChart } from 'echarts/charts';
import { AriaComponent, GridComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { element } from '../common/dom.js';
import { loading } from '../common/ready.js';

use([BarChart, SankeyChart, AriaComponent, GridComponent, SVGRenderer]);

const style = (name) => window.getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const font = () => ({ fontFamily: style('--qs-font') || 'sans-serif' });
const ROW = 34;

// Streams are known by their key: one name may stand on both sides.
function flow({ middle, links, unit }) {
  const names = Object.fromEntries(links.map(({ key, name, amount }) => [key, `${name}\n${amount} ${unit}`]));
  const nodes = [...links.map(({ key, side }) => ({ name: key, depth: side === 'in' ? 0 : 2 })), { name: 'middle', depth: 1 }];
  const pairs = links.map(({ key, side, amount }) => (side === 'in'
    ? { source: key, target: 'middle', value: amount }
    : { source: 'middle', target: key, value: amount }));
  const label = { color: '#1f2933', formatter: ({ name }) => names[name] || middle, ...font() };

  return {
    textStyle: font(),
    series: [{
      type: 'sankey', animation: false, silent: true, draggable: false, left: 8, right: 170, top: 12, bottom: 12,
      nodeWidth: 14, nodeGap: 28, data: nodes, links: pairs, label,
      itemStyle: { color: style('--qs-done') || '#2f7d4f' }, lineStyle: { color: 'source', opacity: 0.25 },
    }],
  };
}

function effects({ bars }) {
  const text = { show: true, position: 'right', color: '#1f2933', formatter: ({ dataIndex }) => `${bars[dataIndex].after} %  ${bars[dataIndex].text}` };

  return {
    textStyle: font(),
    grid: { left: 8, right: 240, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: 'value', min: 0, max: ({ max }) => Math.max(100, max), show: false },
    yAxis: { type: 'category', inverse: true, data: bars.map(({ name }) => name), axisTick: { show: false } },
    series: [{
      type: 'bar', barWidth: 16, animation: false, silent: true, showBackground: true, data: bars.map(({ after }) => after),
      color: style('--qs-done') || '#2f7d4f', label: text,
    }],
  };
}

const CHARTS = {
  flow: [flow, ({ links }) => Math.max(180, Math.max(...['in', 'out'].map((side) => links.filter((one) => one.side === side).length)) * 64)],
  effects: [effects, ({ bars }) => bars.length * ROW + 24],
};

const done = loading('charts');
document.querySelectorAll('figure[data-chart]').forEach((figure) => {
  const [options, height] = CHARTS[figure.dataset.chart] || [];
  const settings = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);

  if (!options || (settings.links || settings.bars).length === 0) {
    return;
  }

  const canvas = element('div', { class: 'qs-chart-canvas' });
  canvas.style.height = `${height(settings)}px`;
  figure.append(canvas);

  const chart = init(canvas, null, { renderer: 'svg' });
  chart.setOption(options(settings));
  canvas.querySelector('svg')?.setAttribute('role', 'img');
  canvas.querySelector('svg')?.setAttribute('aria-label', figure.getAttribute('aria-label') || '');
  window.addEventListener('resize', () => chart.resize());
});
done();
