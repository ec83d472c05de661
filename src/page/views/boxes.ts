/** The boxes of a drawing as buttons. There may be thousands: the drawing listens, not each of them. */

/** By a click that has not moved the picture, or by a key. */
export function onChoice(root: Element, choose: (box: Element) => void): void {
  let from = { x: 0, y: 0 };
  root.addEventListener('pointerdown', (event) => {
    if (event instanceof PointerEvent) from = { x: event.clientX, y: event.clientY };
  });
  root.addEventListener('click', (event) => {
    const box = boxOf(event);
    if (box === null || !(event instanceof MouseEvent)) return;
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5) choose(box);
  });
  root.addEventListener('keydown', (event) => {
    const box = boxOf(event);
    if (box === null || !(event instanceof KeyboardEvent) || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    choose(box);
  });
}

const steps: ReadonlyMap<string, number> = new Map([
  ['ArrowLeft', -1],
  ['ArrowUp', -1],
  ['ArrowRight', 1],
  ['ArrowDown', 1],
  ['Home', Number.NEGATIVE_INFINITY],
  ['End', Number.POSITIVE_INFINITY],
]);

/** Tab reaches one box, and arrow keys the others from there (ARIA Authoring Practices, roving tabindex). */
export function onArrows(root: Element, boxes: () => readonly Element[], show: (box: Element) => void): void {
  root.addEventListener('keydown', (event) => {
    const box = boxOf(event);
    if (box === null || !(event instanceof KeyboardEvent)) return;
    const step = steps.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    // Elsewhere arrow keys move the picture.
    event.stopPropagation();
    const all = boxes();
    const place = Math.min(all.length - 1, Math.max(0, all.indexOf(box) + step));
    const next = all[place];
    if (!(next instanceof SVGElement)) return;
    box.setAttribute('tabindex', '-1');
    next.setAttribute('tabindex', '0');
    next.focus({ preventScroll: true });
    show(next);
  });
}

function boxOf({ target }: Event): Element | null {
  return target instanceof Element ? target.closest('.box[role=button]') : null;
}
