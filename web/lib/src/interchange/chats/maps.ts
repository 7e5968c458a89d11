/** The maps of assistants whose chats come in (schema/chats): what the readers beside this file make of them, and where it goes. */
import chatgpt from '../../../../../schema/chats/chatgpt.json' with { type: 'json' };
import claude from '../../../../../schema/chats/claude.json' with { type: 'json' };
import openWebui from '../../../../../schema/chats/open_webui.json' with { type: 'json' };
import type { ChatSystem, SystemMap } from '../maps.js';

// Their form is checked against map.schema.json when the project is checked.
export const CHAT_MAPS = { chatgpt, claude, open_webui: openWebui } as unknown as Record<ChatSystem, SystemMap>;
