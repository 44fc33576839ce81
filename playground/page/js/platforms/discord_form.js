/** Discord's modals, as the forms that the page draws: labels and inputs, by their custom ids. */

const TEXT_INPUT = 4;
const LABEL = 18;
const TEXT_DISPLAY = 10;

/**
 * @param {any} modal
 * @param {import("../store.js").Store} store
 * @returns {any} a view
 */
export function asView(modal, store) {
  return {
    id: modal.id,
    title: modal.title,
    submit: "Submit",
    close: "Cancel",
    blocks: modal.components.flatMap((/** @type {any} */ component) => {
      if (component.type === LABEL) return [asInput(component.component, component.label, component.description, store)];
      if (component.type === TEXT_DISPLAY) return [{ type: "markdown", text: component.content }];
      return (component.components ?? []).map((/** @type {any} */ inner) => asInput(inner, inner.label, "", store));
    }),
  };
}

/**
 * What was entered, as Discord's modals have it: a text, or a list of values, by custom id.
 *
 * @param {Record<string, Record<string, any>>} values by block and action, as forms are read
 */
export function asValues(values) {
  return Object.fromEntries(
    Object.values(values).flatMap((fields) =>
      Object.entries(fields).map(([id, field]) => {
        if ("selected_options" in field) return [id, field.selected_options.map((/** @type {any} */ { value }) => value)];
        if ("selected_option" in field) return [id, field.selected_option ? [field.selected_option.value] : []];
        return [id, field.value ?? ""];
      }),
    ),
  );
}

/**
 * @param {any} component
 * @param {string | undefined} label
 * @param {string} hint
 * @param {import("../store.js").Store} store
 */
function asInput(component, label, hint, store) {
  const id = component.custom_id;
  const frame = { type: "input", block_id: id, label: label || component.placeholder || id, hint, optional: component.required === false };
  const placeholder = component.placeholder ?? "";
  if (component.type === TEXT_INPUT) {
    return {
      ...frame,
      element: { type: "plain_text_input", action_id: id, multiline: component.style === 2, initial_value: component.value ?? "", placeholder, max_length: component.max_length ?? 4000 },
    };
  }
  const options = optionsOf(component, store).map(({ value, label: text, description, default: chosen }) => ({ value, text, description, chosen }));
  const initial = options.filter(({ chosen }) => chosen);
  const isMany = (component.max_values ?? 1) > 1;
  return {
    ...frame,
    element: { type: isMany ? "checkboxes" : "static_select", action_id: id, placeholder, options, initial_options: isMany ? initial : undefined, initial_option: isMany ? undefined : initial[0] },
  };
}

/**
 * A select's options: its own, or people, roles and channels.
 *
 * @param {any} component
 * @param {import("../store.js").Store} store
 * @returns {any[]}
 */
export function optionsOf(component, store) {
  const people = () => [...store.people.values()].map((person) => ({ value: person.id, label: person.display_name || person.name }));
  const roles = () => (store.hello.roles ?? []).map((/** @type {any} */ role) => ({ value: role.id, label: `@${role.name.replace(/^@/, "")}` }));
  switch (component.type) {
    case 5:
      return people();
    case 6:
      return roles();
    case 7:
      return [...people(), ...roles()];
    case 8:
      return store.channels.map((channel) => ({ value: channel.id, label: `#${channel.name}` }));
    default:
      return component.options ?? [];
  }
}
