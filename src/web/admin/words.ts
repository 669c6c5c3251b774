/** The words of the administrators' pages, which come with them. */
import { type AdminKey, adminMessages } from '../../i18n/messages/admin.ts';
import { filled, language, type Values } from '../text.ts';

export function ta(key: AdminKey, values: Values = {}): string {
  return filled(adminMessages[language()][key], values);
}
