// Interactive elements, drawn with the browser's own controls so that keyboards and phones work.
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { MoreHorizontal, Trash2 } from 'lucide-react';
import { Text } from './text.jsx';

const plain = (object) => object?.text ?? '';

/** Run `then` at once, or after the element's own confirmation dialog. */
function useConfirm(confirm) {
  const dialog = useRef(null);
  const waiting = useRef(null);
  const ask = (then) => {
    if (!confirm) return then();
    waiting.current = then;
    dialog.current.showModal();
  };
  const drawn = confirm && (
    <dialog ref={dialog} className="dialog" aria-label={plain(confirm.title)}>
      <h2>{plain(confirm.title)}</h2>
      <Text object={confirm.text} />
      <form method="dialog" className="dialog-actions">
        <button className="button">{plain(confirm.deny)}</button>
        <button
          className={`button ${confirm.style === 'danger' ? 'danger' : 'primary'}`}
          onClick={() => waiting.current?.()}
        >
          {plain(confirm.confirm)}
        </button>
      </form>
    </dialog>
  );
  return [ask, drawn];
}

function Button({ element, onAct }) {
  const [ask, dialog] = useConfirm(element.confirm);
  const style = { primary: 'primary', danger: 'danger' }[element.style] ?? '';
  const label = <Text object={element.text} inline />;
  const name = element.accessibility_label;
  if (element.url) {
    return (
      <a
        className={`button ${style}`} href={element.url} target="_blank" rel="noreferrer noopener"
        aria-label={name} onClick={() => onAct(element)}
      >
        {label}
      </a>
    );
  }
  return (
    <>
      <button className={`button ${style}`} aria-label={name} onClick={() => ask(() => onAct(element))}>
        {label}
      </button>
      {dialog}
    </>
  );
}

const options = (list) =>
  list.map((option) => (
    <option key={option.value} value={option.value}>{plain(option.text)}</option>
  ));

/** A menu for one choice. The browser's own: searchable by typing, native on phones. */
function Select({ element, people, onAct }) {
  const [ask, dialog] = useConfirm(element.confirm);
  const initial =
    element.initial_option?.value ?? element.initial_user ?? element.initial_channel ??
    element.initial_conversation ?? '';
  const [value, setValue] = useState(initial);
  const placeholder = plain(element.placeholder) || 'Choose an option';
  return (
    <>
      <select
        className="select" value={value} aria-label={placeholder}
        onChange={({ target }) => {
          const chosen = target.value;
          ask(() => {
            setValue(chosen);
            onAct(element, chosen);
          });
        }}
      >
        {!initial && <option value="" disabled hidden>{placeholder}</option>}
        {element.option_groups?.map((group) => (
          <optgroup key={plain(group.label)} label={plain(group.label)}>{options(group.options)}</optgroup>
        ))}
        {element.options && options(element.options)}
        {people?.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
      </select>
      {dialog}
    </>
  );
}

/** A button that opens a list; closes on Escape, on a click elsewhere, and on a choice. */
function Menu({ label, children, className = 'button icon', face }) {
  const [open, setOpen] = useState(false);
  const [up, setUp] = useState(false);
  const box = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    if (!open) return setUp(false);
    const scrolled = box.current.closest('.messages, .home, .modal-body');
    const floor = scrolled?.getBoundingClientRect().bottom ?? window.innerHeight;
    return setUp(box.current.querySelector('[role=menu]').getBoundingClientRect().bottom > floor);
  }, [open]);
  useEffect(() => {
    if (!open) return undefined;
    box.current?.querySelector('[role=menu] button, [role=menu] input')?.focus();
    const away = (event) => box.current?.contains(event.target) || setOpen(false);
    document.addEventListener('pointerdown', away);
    return () => document.removeEventListener('pointerdown', away);
  }, [open]);
  const onKeyDown = (event) => {
    if (event.key === 'Escape') {
      setOpen(false);
      box.current.querySelector('button').focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && open) {
      event.preventDefault();
      const entries = [...box.current.querySelectorAll('[role=menu] button, [role=menu] input')];
      const next = entries.indexOf(document.activeElement) + step;
      entries[(next + entries.length) % entries.length]?.focus();
    }
  };
  return (
    <span className="menu" ref={box} onKeyDown={onKeyDown}>
      <button
        className={className} aria-label={label} aria-haspopup="menu" aria-expanded={open}
        aria-controls={id} onClick={() => setOpen(!open)}
      >
        {face}
      </button>
      {open && <span id={id} role="menu" className={`menu-list ${up ? 'up' : ''}`}>{children(() => setOpen(false))}</span>}
    </span>
  );
}

function Overflow({ element, onAct }) {
  const [ask, dialog] = useConfirm(element.confirm);
  return (
    <>
      <Menu label="More options" face={<MoreHorizontal size={18} />}>
        {(close) =>
          element.options.map((option) => (
            <button
              key={option.value} role="menuitem"
              onClick={() => {
                close();
                if (option.url) window.open(option.url, '_blank', 'noopener,noreferrer');
                ask(() => onAct(element, option.value));
              }}
            >
              <Text object={option.text} inline />
              {option.description && <small>{plain(option.description)}</small>}
            </button>
          ))
        }
      </Menu>
      {dialog}
    </>
  );
}

function MultiSelect({ element, onAct }) {
  const [chosen, setChosen] = useState((element.initial_options ?? []).map(({ value }) => value));
  const every = [
    ...(element.options ?? []),
    ...(element.option_groups ?? []).flatMap((group) => group.options),
  ];
  const names = every.filter(({ value }) => chosen.includes(value)).map(({ text }) => plain(text));
  const face = names.join(', ') || plain(element.placeholder) || 'Choose some';
  return (
    <Menu label={face} className="select" face={face}>
      {() =>
        every.map((option) => (
          <label key={option.value} className="choice">
            <input
              type="checkbox" checked={chosen.includes(option.value)}
              onChange={({ target }) => {
                const next = target.checked
                  ? [...chosen, option.value]
                  : chosen.filter((value) => value !== option.value);
                setChosen(next);
                onAct(element, next);
              }}
            />
            <Text object={option.text} inline />
          </label>
        ))
      }
    </Menu>
  );
}

function Choices({ element, onAct }) {
  const name = useId();
  const many = element.type === 'checkboxes';
  const initial = many ? element.initial_options : element.initial_option && [element.initial_option];
  const [chosen, setChosen] = useState((initial ?? []).map(({ value }) => value));
  return (
    <fieldset className="choices">
      {element.options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type={many ? 'checkbox' : 'radio'} name={name} checked={chosen.includes(option.value)}
            onChange={({ target }) => {
              const others = chosen.filter((value) => value !== option.value);
              const next = many ? (target.checked ? [...others, option.value] : others) : [option.value];
              setChosen(next);
              onAct(element, many ? next : option.value);
            }}
          />
          <span>
            <Text object={option.text} inline />
            {option.description && <small><Text object={option.description} inline /></small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

const FIELDS = {
  datepicker: ['date', 'initial_date'],
  timepicker: ['time', 'initial_time'],
  datetimepicker: ['datetime-local', null],
  number_input: ['number', 'initial_value'],
  plain_text_input: ['text', 'initial_value'],
};

function Field({ element, onAct }) {
  const [type, initial] = FIELDS[element.type];
  const props = {
    className: 'field',
    defaultValue: element[initial] ?? '',
    placeholder: plain(element.placeholder),
    'aria-label': plain(element.placeholder) || element.action_id,
    minLength: element.min_length,
    maxLength: element.max_length,
    onChange: ({ target }) =>
      onAct(
        element,
        type === 'datetime-local' ? Math.floor(new Date(target.value) / 1000) : target.value,
      ),
  };
  return element.multiline ? <textarea rows={3} {...props} /> : <input type={type} {...props} />;
}

function Feedback({ element, onAct }) {
  const [given, setGiven] = useState('');
  return ['positive_button', 'negative_button'].map((side) => (
    <button
      key={side} className="button" aria-pressed={given === side}
      aria-label={element[side].accessibility_label ?? plain(element[side].text)}
      onClick={() => {
        setGiven(side);
        onAct(element, element[side].value);
      }}
    >
      {side === 'positive_button' ? '👍' : '👎'} {plain(element[side].text)}
    </button>
  ));
}

/** An interactive element; `onAct(element, value)` is told what was pressed or chosen. */
export function Element({ element, onAct, workspace }) {
  const users = Object.values(workspace?.users ?? {}).filter((user) => !user.is_bot);
  const channels = Object.values(workspace?.channels ?? {}).filter(({ kind }) => kind !== 'im');
  switch (element.type) {
    case 'button':
    case 'workflow_button':
      return <Button element={element} onAct={onAct} />;
    case 'static_select':
      return <Select element={element} onAct={onAct} />;
    case 'users_select':
      return (
        <Select
          element={element} onAct={onAct}
          people={users.map(({ id, real_name: name }) => ({ id, name }))}
        />
      );
    case 'channels_select':
    case 'conversations_select':
      return (
        <Select
          element={element} onAct={onAct}
          people={channels.map(({ id, name }) => ({ id, name: `#${name}` }))}
        />
      );
    case 'multi_static_select':
      return <MultiSelect element={element} onAct={onAct} />;
    case 'overflow':
      return <Overflow element={element} onAct={onAct} />;
    case 'checkboxes':
    case 'radio_buttons':
      return <Choices element={element} onAct={onAct} />;
    case 'feedback_buttons':
      return <Feedback element={element} onAct={onAct} />;
    case 'icon_button':
      return (
        <button className="button icon" aria-label={plain(element.text)} onClick={() => onAct(element, element.value)}>
          <Trash2 size={16} />
        </button>
      );
    default:
      if (element.type in FIELDS) return <Field element={element} onAct={onAct} />;
      return <Unknown what="element" json={element} />;
  }
}

/** What this page cannot draw is said aloud: a blank would look like the bot's silence. */
export function Unknown({ what, json }) {
  return (
    <div className="unknown" role="alert">
      <strong>This page cannot draw the {what} “{String(json?.type)}”</strong>
      <pre>{JSON.stringify(json, null, 2)}</pre>
    </div>
  );
}
