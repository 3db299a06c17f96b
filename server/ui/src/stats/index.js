import './style.css';
import { BarChart } from 'echarts/charts';
import { AriaComponent, GridComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { element } from '../common/dom.js';
import { loading } from '../common/ready.js';

use([BarChart, AriaComponent, GridComponent, TitleComponent, SVGRenderer]);

const style = () => window.getComputedStyle(document.documentElement);
const percent = ({ value, of }) => (of > 0 ? (value / of) * 100 : 0);
const written = (bar) => `${bar.value}/${bar.of}（${percent(bar).toFixed(1)}%）`;

// Completion: what is done of what was due, always with both numbers.
function completion({ title, bars }) {
  const base = { type: 'bar', stack: 'share', barWidth: 22, animation: false, silent: true };

  return {
    textStyle: { fontFamily: style().getPropertyValue('--qs-font') || 'sans-serif' },
    title: { text: title, textStyle: { fontSize: 14 } },
    grid: { left: 8, right: 110, top: title ? 36 : 8, bottom: 8, containLabel: true },
    aria: { enabled: false, decal: { show: true } },
    xAxis: { type: 'value', max: 100, show: false },
    yAxis: { type: 'category', inverse: true, data: bars.map(({ label }) => label), axisTick: { show: false } },
    series: [
      { ...base, data: bars.map(percent), color: style().getPropertyValue('--qs-done').trim() },
      {
        ...base,
        data: bars.map((bar) => 100 - percent(bar)),
        color: style().getPropertyValue('--qs-future-soft').trim(),
        label: { show: true, position: 'right', formatter: ({ dataIndex }) => written(bars[dataIndex]), color: '#1f2933' },
      },
    ],
  };
}

const done = loading('stats');
document.querySelectorAll('figure[data-chart="completion"]').forEach((figure) => {
  const settings = JSON.parse(figure.querySelector('script[type="application/json"]').textContent);
  const canvas = element('div', { class: 'qs-chart-canvas' });

  canvas.style.height = `${settings.bars.length * 48 + 60}px`;
  figure.append(canvas);

  const chart = init(canvas, null, { renderer: 'svg' });
  chart.setOption(completion(settings));
  canvas.querySelector('svg')?.setAttribute('role', 'img');
  canvas.querySelector('svg')?.setAttribute('aria-label', figure.getAttribute('aria-label') || settings.title || '');
  window.addEventListener('resize', () => chart.resize());
});
done();
