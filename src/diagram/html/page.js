'use strict';
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const stage = document.getElementById('stage');
  const panel = document.querySelector('aside');
  const search = document.getElementById('search');
  const picker = document.getElementById('views');
  const status = document.getElementById('status');
  const nodes = new Map(data.nodes.map((node) => [node.id, node]));
  const views = [...document.querySelectorAll('.view')].map((figure) => {
    const svg = figure.querySelector('svg');
    const box = svg.viewBox.baseVal;
    return { figure, svg, name: figure.dataset.name, home: [box.x, box.y, box.width, box.height] };
  });
  const hiddenKinds = new Set();
  let view = views[0];
  let chosen = null;

  const make = (name, text, parent) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (parent) parent.append(element);
    return element;
  };
  const box = () => { const b = view.svg.viewBox.baseVal; return [b.x, b.y, b.width, b.height]; };
  const setBox = (b) => view.svg.setAttribute('viewBox', b.map((v) => v.toFixed(2)).join(' '));
  const inside = (selector) => [...view.svg.querySelectorAll(selector)];

  // Pan and zoom.
  const zoom = (factor, clientX, clientY) => {
    const point = new DOMPoint(clientX, clientY).matrixTransform(view.svg.getScreenCTM().inverse());
    const [x, y, w, h] = box();
    const width = Math.min(Math.max(w * factor, view.home[2] / 40), view.home[2] * 4);
    const real = width / w;
    setBox([point.x - (point.x - x) * real, point.y - (point.y - y) * real, width, h * real]);
  };
  const zoomMiddle = (factor) => {
    const area = stage.getBoundingClientRect();
    zoom(factor, area.x + area.width / 2, area.y + area.height / 2);
  };
  const reset = () => setBox(view.home);
  const showNode = (id) => {
    const element = inside('.n').find((one) => one.dataset.id === id);
    if (!element) return;
    const area = element.getBBox();
    const matrix = view.svg.getScreenCTM().inverse().multiply(element.getScreenCTM());
    const middle = new DOMPoint(area.x + area.width / 2, area.y + area.height / 2).matrixTransform(matrix);
    const [, , w, h] = box();
    setBox([middle.x - w / 2, middle.y - h / 2, w, h]);
  };
  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    zoom(Math.exp(event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX, event.clientY);
  }, { passive: false });
  let held = null;
  let moved = false;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    held = { x: event.clientX, y: event.clientY, box: box() };
    moved = false;
  });
  window.addEventListener('pointermove', (event) => {
    if (!held) return;
    const scale = view.svg.getScreenCTM().a;
    const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
    if (Math.abs(dx) + Math.abs(dy) > 4) { moved = true; stage.classList.add('held'); }
    if (moved) setBox([held.box[0] - dx / scale, held.box[1] - dy / scale, held.box[2], held.box[3]]);
  });
  window.addEventListener('pointerup', () => { held = null; stage.classList.remove('held'); });

  // What is shown, dimmed and told.
  const touches = (edge, id) => edge.dataset.s === id || edge.dataset.t === id;
  const refresh = () => {
    const words = search.value.trim().toLowerCase();
    const kindOf = new Map(inside('.n').map((one) => [one.dataset.id, one.dataset.kind]));
    const near = new Set();
    if (chosen && chosen.node) {
      near.add(chosen.node);
      for (const edge of inside('.e[data-s]')) {
        if (touches(edge, chosen.node)) { near.add(edge.dataset.s); near.add(edge.dataset.t); }
      }
    } else if (chosen) { near.add(chosen.from); near.add(chosen.to); }
    let found = 0;
    for (const one of inside('.n')) {
      const id = one.dataset.id;
      const text = `${one.textContent} ${id}`.toLowerCase();
      const match = words !== '' && text.includes(words);
      if (match) found += 1;
      one.classList.toggle('gone', hiddenKinds.has(one.dataset.kind));
      one.classList.toggle('dim', (chosen !== null && !near.has(id)) || (words !== '' && !match));
      one.classList.toggle('chosen', chosen !== null && chosen.node === id);
    }
    for (const edge of inside('.e[data-s]')) {
      const { s, t, kind } = edge.dataset;
      const own = chosen === null
        || (chosen.node ? touches(edge, chosen.node) : chosen.from === s && chosen.to === t);
      edge.classList.toggle('gone', hiddenKinds.has(kind) || hiddenKinds.has(kindOf.get(s)) || hiddenKinds.has(kindOf.get(t)));
      edge.classList.toggle('dim', !own || (words !== '' && chosen === null));
      edge.classList.toggle('chosen', chosen !== null && own);
    }
    status.textContent = words === '' ? '' : `${found} found`;
  };
  const places = (list, heading) => {
    if (!list.length) return;
    make('h3', heading, panel);
    const items = make('ul', undefined, panel);
    for (const one of list) {
      const item = make('li', undefined, items);
      if (one.rule) make('span', `${one.severity} `, item).className = one.severity;
      item.append(`${one.rule ? `${one.rule}: ${one.message}` : one.reason} `);
      const place = make(one.href ? 'a' : 'span', `${one.file}:${one.line}`, item);
      if (one.href) place.setAttribute('href', one.href);
    }
  };
  const nodeButton = (id, parent) => {
    const known = inside('.n').some((one) => one.dataset.id === id);
    const label = nodes.get(id)?.label ?? id.replace(/^group:/, '');
    if (!known) { parent.append(label); return; }
    const button = make('button', label, parent);
    button.className = 'link';
    button.addEventListener('click', () => { choose({ node: id }); showNode(id); });
  };
  const tell = () => {
    panel.replaceChildren();
    panel.hidden = chosen === null;
    if (chosen === null) return;
    const close = make('button', '×', panel);
    close.className = 'close';
    close.setAttribute('aria-label', 'close');
    close.addEventListener('click', () => choose(null));
    if (chosen.node) {
      const node = nodes.get(chosen.node);
      if (!node) return;
      make('h2', node.label, panel);
      make('div', [node.kind, node.technology, node.group].filter(Boolean).join(' · '), panel);
      places(node.findings, 'Findings');
      const relations = data.edges.filter((edge) => edge.from === node.id || edge.to === node.id);
      if (relations.length) {
        make('h3', 'Relations', panel);
        const items = make('ul', undefined, panel);
        for (const edge of relations) {
          const item = make('li', undefined, items);
          const out = edge.from === node.id;
          item.append(out ? `${edge.kind} → ` : `← ${edge.kind} by `);
          nodeButton(out ? edge.to : edge.from, item);
          if (edge.unguarded) make('span', ' without timeout or breaker', item).className = 'error';
        }
      }
      places(node.evidence, 'Seen in');
      return;
    }
    const label = (id) => nodes.get(id)?.label ?? id.replace(/^group:/, '');
    make('h2', `${label(chosen.from)} → ${label(chosen.to)}`, panel);
    for (const edge of data.edges.filter((one) => one.drawn_from === chosen.from && one.drawn_to === chosen.to)) {
      make('div', edge.kind + (edge.certain ? '' : ' (likely)'), panel);
      if (edge.unguarded) make('div', 'without timeout or breaker on some path', panel).className = 'error';
      places(edge.evidence, 'Seen in');
    }
  };
  const remember = () => {
    const parts = [];
    if (view !== views[0]) parts.push(`view=${encodeURIComponent(view.name)}`);
    if (chosen && chosen.node) parts.push(`node=${encodeURIComponent(chosen.node)}`);
    history.replaceState(null, '', parts.length ? `#${parts.join('&')}` : location.pathname + location.search);
  };
  const choose = (what) => { chosen = what; tell(); refresh(); remember(); };
  const open = (name) => {
    const next = views.find((one) => one.name === name);
    if (!next) return;
    for (const one of views) one.figure.hidden = one !== next;
    view = next;
    if (picker) picker.value = name;
    choose(null);
  };
  const act = (target) => {
    const node = target.closest('.n');
    if (node) {
      const id = node.dataset.id;
      if (id.startsWith('group:')) { open(id.slice('group:'.length)); return; }
      choose(chosen && chosen.node === id ? null : { node: id });
      return;
    }
    const edge = target.closest('.e[data-s]');
    choose(edge ? { from: edge.dataset.s, to: edge.dataset.t } : null);
  };
  stage.addEventListener('click', (event) => {
    event.preventDefault();
    if (!moved) act(event.target);
  });
  for (const { svg } of views) {
    for (const node of svg.querySelectorAll('.n')) {
      if (!node.closest('a')) node.setAttribute('tabindex', '0');
    }
  }
  stage.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const inner = event.target.querySelector?.('.n') ?? event.target;
    event.preventDefault();
    act(inner);
  });

  // The bar above.
  search.addEventListener('input', refresh);
  search.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    const first = inside('.n:not(.dim):not(.gone)')[0];
    if (first && search.value) { choose({ node: first.dataset.id }); showNode(first.dataset.id); }
  });
  const kinds = document.getElementById('kinds');
  const counts = new Map();
  for (const { kind } of [...data.nodes, ...data.edges]) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of [...counts].sort()) {
    const label = make('label', undefined, kinds);
    const check = make('input', undefined, label);
    check.type = 'checkbox';
    check.checked = true;
    check.value = kind;
    label.append(` ${kind} (${count})`);
    check.addEventListener('change', () => {
      if (check.checked) hiddenKinds.delete(kind); else hiddenKinds.add(kind);
      refresh();
    });
  }
  picker?.addEventListener('change', () => open(picker.value));
  document.getElementById('in').addEventListener('click', () => zoomMiddle(0.8));
  document.getElementById('out').addEventListener('click', () => zoomMiddle(1.25));
  document.getElementById('fit').addEventListener('click', reset);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { search.value = ''; choose(null); return; }
    if (event.target.matches('input,select')) return;
    if (event.key === '0') reset();
    if (event.key === '+') zoomMiddle(0.8);
    if (event.key === '-') zoomMiddle(1.25);
    if (event.key === '/') { event.preventDefault(); search.focus(); }
  });

  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has('view')) open(wanted.get('view'));
  if (nodes.has(wanted.get('node'))) choose({ node: wanted.get('node') });
  document.documentElement.dataset.ready = 'true';
})();
