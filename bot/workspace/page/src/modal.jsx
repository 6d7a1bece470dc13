// The modal that the app opened, if any.
import { useEffect, useRef, useState } from 'react';
import { X } from 'lucide-react';
import { Blocks } from './blocks.jsx';
import { act, update } from './store.js';

export function Modal({ workspace, me }) {
  const dialog = useRef(null);
  const values = useRef({});
  const [errors, setErrors] = useState({});
  const open = workspace.modal && ['', me].includes(workspace.modal.user);
  const view = open ? workspace.modal.view : null;
  useEffect(() => {
    values.current = {};
    setErrors({});
    if (view && !dialog.current.open) dialog.current.showModal();
  }, [view?.hash]);
  if (!view) return null;
  const close = () => update({ modal: null });
  const onAct = (block, element, value) => {
    if (block.type === 'input') {
      values.current[block.block_id] = { [element.action_id]: value };
    } else {
      act('click', {
        view_id: view.id, action_id: element.action_id, block_id: block.block_id, value, user: me,
      });
    }
  };
  const submit = async (event) => {
    event.preventDefault();
    const answer = await act('submit', { view_id: view.id, values: values.current, user: me });
    if (answer.errors) setErrors(answer.errors);
    else if (!answer.view) close();
  };
  return (
    <dialog ref={dialog} className="dialog modal" aria-label={view.title.text} onClose={close}>
      <form onSubmit={submit}>
        <header>
          <h2>{view.title.text}</h2>
          <button type="button" className="plain" aria-label="Close" onClick={close}><X size={20} /></button>
        </header>
        <div className="modal-body">
          <Blocks key={view.hash} blocks={view.blocks} onAct={onAct} errors={errors} workspace={workspace} />
        </div>
        <div className="dialog-actions">
          <button type="button" className="button" onClick={close}>{view.close?.text ?? 'Cancel'}</button>
          {view.submit && <button className="button primary">{view.submit.text}</button>}
        </div>
      </form>
    </dialog>
  );
}
