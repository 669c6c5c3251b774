/** The page on which a person lets DAVx5 in. */
import type { SpokenLanguage } from './languages.ts';

export interface FlowTexts {
  /** `{name}`: whose calendars. */
  readonly question: string;
  readonly allow: string;
  readonly done: string;
}

export const flowTexts: Readonly<Record<SpokenLanguage, FlowTexts>> = {
  en: {
    question: 'May DAVx⁵ on this device read and change the calendars of {name}?',
    allow: 'Allow',
    done: 'Done. Go back to DAVx⁵.',
  },
  ru: {
    question: 'Разрешить DAVx⁵ на этом устройстве читать и изменять календари пользователя {name}?',
    allow: 'Разрешить',
    done: 'Готово. Вернитесь в DAVx⁵.',
  },
  sv: {
    question: 'Får DAVx⁵ på den här enheten läsa och ändra kalendrarna för {name}?',
    allow: 'Tillåt',
    done: 'Klart. Gå tillbaka till DAVx⁵.',
  },
};
