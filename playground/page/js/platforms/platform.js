/**
 * What a platform must bring, so that the page can stand for it. Everything else on the page is the same for all.
 *
 * @typedef {import("../store.js").Store} Store
 * @typedef {import("../store.js").Message} Message
 * @typedef {import("../store.js").Thread} Thread
 * @typedef {import("../nodes.js").Block} Block
 * @typedef {import("../message.js").Desk} Desk
 * @typedef {import("../message.js").MessageView} MessageView
 * @typedef {import("../menu.js").MenuItem} MenuItem
 * @typedef {import("../completion.js").Match} Match
 * @typedef {import("../icon.js").IconName} IconName
 *
 * @typedef {object} Body what a message says, beneath its head and above its files
 * @property {Node[]} elements
 * @property {(message: Message) => void} show
 *
 * @typedef {object} Tool a button over a message
 * @property {string} label
 * @property {IconName} icon
 * @property {() => void} run
 *
 * @typedef {object} Command what was typed is a command: run it, or say why not
 * @property {string} [refusal]
 * @property {(() => Promise<any>)} [run]
 *
 * @typedef {object} Typing where something is typed
 * @property {Desk} desk
 * @property {boolean} inThread
 * @property {string} before the text before the caret
 *
 * @typedef {object} Listing what stands in the place of messages, where a channel has none of its own
 * @property {HTMLElement} element
 * @property {(channel: string) => void} show
 *
 * @typedef {object} FileLook how files look in a message
 * @property {boolean} folds whether pictures have a line over them that folds them away
 * @property {"above" | "below"} bar where the name of a text stands
 * @property {number} lines of a text that are shown at first
 * @property {{width: number, height: number}} room for a picture that stands alone, in pixels
 *
 * @typedef {object} Platform
 * @property {string} id also `data-platform` of the page, which the style sheets go by
 * @property {string} name
 * @property {string} address of its socket, on this server
 * @property {string} prefix what its places begin with in the address bar
 * @property {"system" | "dark"} look light or dark, until one chooses
 * @property {(store: Store) => import("../workspace.js").Workspace} workspace
 * @property {(ts: string) => Date} dateOf when a message was sent
 * @property {(date: Date) => string} stamp that time, as it stands beside the author
 * @property {(text: string) => Block[]} readText a message's own text
 * @property {(text: string) => Block[]} readMarkdown a text that is standard Markdown
 * @property {(block: any) => Block[]} readRichText
 * @property {(text: string, names: import("../prose.js").Names) => string} asTyped a text as its author would type it again
 * @property {(name: string) => {show: string, words: string}} emoji a reaction's
 * @property {FileLook} files
 * @property {string[]} reactions that the picker offers
 * @property {(desk: Desk, view: MessageView) => Body} body
 * @property {(message: Message) => boolean} isNote whether it only tells that something happened
 * @property {((message: Message, desk: Desk) => Node | null)} above what stands over a message's head, such as what it answers
 * @property {((message: Message, desk: Desk) => Node | null)} below what stands under all of it
 * @property {(view: MessageView) => Tool[]} tools
 * @property {(view: MessageView) => MenuItem[]} items more that one can do with a message
 * @property {(message: Message, store: Store) => boolean} mayDelete
 * @property {(view: MessageView) => void} enter the Enter key on a message
 * @property {(desk: Desk, thread: Thread) => MenuItem[]} threadItems what one can do with a named thread
 * @property {(desk: Desk, text: string, inThread: boolean, files: string[]) => Command | null} readCommand null for what is no command; files by id
 * @property {(typing: Typing) => Match | Promise<Match | null> | null} complete commands and their words
 * @property {boolean} commandsInThreads
 * @property {boolean} namesThreads whether a thread is there only once somebody started and named it
 * @property {number} longest characters in a message; 0 for as many as one likes
 * @property {(channel: any) => IconName} channelIcon
 * @property {((desk: Desk) => Listing) | null} listing
 * @property {(channel: any) => boolean} isListing whether a channel shows a listing in the place of messages
 * @property {boolean} hasRail whether the server stands in a bar of its own
 * @property {Set<string>} once kinds of faults that happen once, at the press of a button
 * @property {{appBadge: string, onlyYou: string, kind: string, people: string, channels: string, directs: string, beginning: string}} words
 */

export {};
