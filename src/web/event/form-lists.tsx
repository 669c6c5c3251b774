/** Attendees and links: lists in the form that grow by one. */
import type { VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { Person } from '../../portal/api.ts';
import { call } from '../client.ts';
import { t } from '../text.ts';
import { attempt, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';

interface Named {
  readonly address: string;
  readonly name: string;
}

export function Attendees(props: {
  readonly attendees: readonly Named[];
  readonly onChange: (attendees: readonly Named[]) => void;
}): VNode {
  const { attendees, onChange } = props;
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Person[]>([]);
  const id = useId();
  const asked = useRef<Promise<readonly Person[]>>();
  const look = (typed: string): void => {
    setText(typed);
    if (typed.trim().length < 2) return;
    attempt(async () => {
      const answer = call('GET /people', { query: { text: typed.trim() } }).then(({ people }) => people);
      asked.current = answer;
      const people = await answer;
      if (asked.current === answer) setFound(people);
    });
  };
  const add = (told?: readonly Person[]): void => {
    const typed = text.trim().toLocaleLowerCase();
    const person = (told ?? found).find(({ addresses, displayName }) =>
      [displayName, ...addresses].some((known) => known.toLocaleLowerCase() === typed),
    );
    const address = person?.addresses[0] ?? text.trim();
    if (!address.includes('@')) {
      // Who was typed quickly is on the way.
      if (!told) asked.current?.then(add, () => {});
      return;
    }
    if (!attendees.some((other) => other.address === address))
      onChange([...attendees, { address, name: person?.displayName ?? '' }]);
    setText((now) => (now === text ? '' : now));
  };
  return (
    <div class="field">
      <div
        class="item-row"
        // Who is typed is meant, also where the button is passed over.
        onFocusOut={() => add()}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || text === '') return;
          event.preventDefault();
          event.stopPropagation();
          add();
        }}
      >
        <TextField
          label={t('attendees')}
          value={text}
          onValue={look}
          list={id}
          placeholder={t('nameOrEmail')}
          // What is no address yet does not vanish with the form.
          pattern=".*@.*"
        />
        <button type="button" class="button" onClick={() => add()}>
          {t('add')}
        </button>
      </div>
      <datalist id={id}>
        {found
          .filter(({ addresses }) => addresses.length > 0)
          .map((person) => (
            <option key={person.id} value={person.addresses[0]}>
              {person.displayName}
            </option>
          ))}
      </datalist>
      {attendees.length > 0 && (
        <ul class="chips">
          {attendees.map(({ address, name }) => (
            <li key={address}>
              <span title={address}>{name || address}</span>
              <button
                type="button"
                class="button-icon"
                aria-label={`${t('remove')}: ${name || address}`}
                onClick={() => onChange(attendees.filter((other) => other.address !== address))}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface Link {
  readonly url: string;
  readonly label: string;
}

export function Links(props: {
  readonly links: readonly Link[];
  readonly onChange: (links: readonly Link[]) => void;
}): VNode {
  const { links, onChange } = props;
  const put = (index: number, patch: Partial<Link>): void =>
    onChange(links.map((link, at) => (at === index ? { ...link, ...patch } : link)));
  return (
    <div class="field">
      <span class="field-title">{t('links')}</span>
      {links.map((link, index) => (
        <div class="item-row" key={index}>
          <TextField
            label={t('address')}
            type="url"
            placeholder="https://"
            pattern="https?://.+"
            value={link.url}
            onValue={(url) => put(index, { url })}
          />
          <TextField label={t('label')} value={link.label} onValue={(label) => put(index, { label })} />
          <button
            type="button"
            class="button-icon"
            aria-label={`${t('remove')}: ${link.label || link.url}`}
            onClick={() => onChange(links.filter((_, at) => at !== index))}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      <button type="button" class="button-link" onClick={() => onChange([...links, { url: '', label: '' }])}>
        {t('addLink')}
      </button>
    </div>
  );
}
