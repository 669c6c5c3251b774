/** The menu-button pattern: arrows, Home, End, first letters, Escape; disabled items keep their place and say why. */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
  /** Present: disabled, and this is the second line. */
  readonly reason?: string | undefined;
  readonly tone?: 'danger';
}

export interface MenuProps {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly children: ComponentChildren;
  readonly buttonClass?: string;
}

export function Menu({ label, items, children, buttonClass = 'button-icon' }: MenuProps): VNode {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  const close = (refocus: boolean): void => {
    setOpen(false);
    if (refocus) button.current?.focus();
  };

  useLayoutEffect(() => {
    if (!isOpen || !button.current || !list.current) return;
    // Into the top layer: the drawer it may stand in clips and moves what is fixed.
    list.current.showPopover();
    place(list.current, button.current);
    entries(list.current)[0]?.focus();
  }, [isOpen]);

  useEffect(() => {
    if (!isOpen) return undefined;
    const outside = ({ target }: Event): void => {
      if (target instanceof Node && (list.current?.contains(target) || button.current?.contains(target)))
        return;
      setOpen(false);
    };
    // What scrolls without the button leaves the menu where it belongs: a list that goes to its day as events arrive.
    const scrolled = ({ target }: Event): void => {
      if (target instanceof Node && target.contains(button.current)) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    window.addEventListener('resize', outside);
    document.addEventListener('scroll', scrolled, true);
    return () => {
      document.removeEventListener('pointerdown', outside);
      window.removeEventListener('resize', outside);
      document.removeEventListener('scroll', scrolled, true);
    };
  }, [isOpen]);

  const onListKey = (event: KeyboardEvent): void => {
    if (!list.current) return;
    const all = entries(list.current);
    const at = all.findIndex((item) => item === document.activeElement);
    const next = nextIndex(event.key, at, all);
    event.stopPropagation();
    if (event.key === 'Escape') close(true);
    else if (event.key === 'Tab') close(false);
    if (event.key === 'Escape' || next !== undefined) event.preventDefault();
    if (next !== undefined) all[next]?.focus();
  };

  return (
    <div class="menu-host">
      <button
        ref={button}
        type="button"
        class={buttonClass}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || isOpen) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {isOpen && (
        <div
          ref={list}
          id={id}
          class="menu"
          popover="manual"
          role="menu"
          aria-label={label}
          onKeyDown={onListKey}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              class={`menu-item ${item.tone === 'danger' ? 'menu-item-danger' : ''}`}
              aria-disabled={item.reason !== undefined}
              onClick={() => {
                if (item.reason !== undefined) return;
                close(true);
                item.run();
              }}
            >
              <span>{item.label}</span>
              {item.reason !== undefined && <small>{item.reason}</small>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function entries(list: HTMLElement): readonly HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role=menuitem]')];
}

function nextIndex(key: string, at: number, all: readonly HTMLElement[]): number | undefined {
  if (key === 'ArrowDown') return (at + 1) % all.length;
  if (key === 'ArrowUp') return (at - 1 + all.length) % all.length;
  if (key === 'Home') return 0;
  if (key === 'End') return all.length - 1;
  if (key.length !== 1 || key === ' ') return undefined;
  const letter = key.toLocaleLowerCase();
  const found = [...all.keys()]
    .map((step) => (at + 1 + step) % all.length)
    .find((index) => all[index]?.textContent?.toLocaleLowerCase().startsWith(letter));
  return found;
}

/** Below the button, or above where there is no room; never outside the window. */
function place(list: HTMLElement, button: HTMLElement): void {
  const from = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = list;
  const left = Math.max(8, Math.min(from.left, window.innerWidth - width - 8));
  const below = from.bottom + 4;
  const top = below + height > window.innerHeight - 8 ? Math.max(8, from.top - height - 4) : below;
  list.style.left = `${left}px`;
  list.style.top = `${top}px`;
}
