/** What names of tables and columns mean, in the languages in which systems of ministries are written. */
export type Meaning =
  | "secret"
  | "biometric"
  | "remark"
  | "validTo"
  | "validFrom"
  | "deleted"
  | "changed"
  | "technical"
  | "contact"
  | "birth"
  | "death"
  | "name"
  | "number"
  | "sex"
  | "location"
  | "health"
  | "belief"
  | "origin"
  | "crime"
  | "money"
  | "account"
  | "household"
  | "work"
  | "quantity"
  | "state";

/** The first that holds. Words stand between spaces, in small letters, without accents. */
const meanings: readonly (readonly [Meaning, RegExp])[] = [
  ["secret", / (password|passwd|pwd|salt|secret|token|private key|pin|sandi|contrasena|senha|mot de passe) /],
  [
    "biometric",
    / (photo|photos|picture|image|foto|fotografia|fingerprints?|biometric\w*|iris|signature|face|sidik|huella|empreinte) /,
  ],
  [
    "remark",
    / (remarks?|comments?|commentaires?|comentarios?|notes?|notas?|memo|observations?|observacao|observacoes|observacion|observaciones|keterangan|catatan|bemerkung\w*|free text|narrative) /,
  ],
  [
    "validTo",
    / (validity to|valid to|valid until|valide jusqu au|gueltig bis|berlaku sampai|vigente hasta|row end|end validity) /,
  ],
  ["validFrom", / (validity from|valid from|valide du|gueltig ab|berlaku dari|vigente desde|row start) /],
  [
    "deleted",
    / (deleted|is deleted|deleted at|delete flag|del flag|void|voided|archived|sts rec|supprime|eliminado|dihapus|excluido) /,
  ],
  [
    "changed",
    / (updated|updated at|updated on|modified|modified at|modified on|date updated|last update|last updated|last modified|last change|tgl ubah|ubah|changed at|changed on|mis a jour|actualizado|atualizado) /,
  ],
  [
    "technical",
    / (audit|created|creation|created at|created by|user id|uuid|guid|row id|rowid|row version|rowversion|legacy|offline|sync|json|ext|checksum|hash|etl|batch|timestamp) /,
  ],
  [
    "contact",
    / (phone|telephone|mobile|tel|telp|telepon|hp|gsm|email|e mail|mail|fax|whatsapp|telefono|telefone|celular) /,
  ],
  [
    "birth",
    / (dob|birth|born|birthday|birthdate|naissance|ne le|nacimiento|nascimento|lahir|geburt\w*|geboren|geboortedatum) /,
  ],
  ["death", / (dod|death|died|deceased|deces|muerte|defuncion|obito|falecimento|kematian|meninggal|mati|wafat) /],
  [
    "name",
    / (name|names|first name|last name|surname|forename|firstname|lastname|fullname|nom|prenom|prenoms|nombre|nombres|apellido|apellidos|nome|sobrenome|apelido|nama|nm|vorname|nachname) /,
  ],
  [
    "number",
    / (nid|nin|nik|ktp|national id|nationalid|identity no|id card|id number|idno|id no|identification|passport|cedula|dni|cnic|cni|curp|cpf|ssn|chfid|chf id|insurance number|insurance no|numero identite|matricule|aadhaar|registration no|reg no|card no|card number|serial) /,
  ],
  ["sex", / (sex|sexe|gender|genre|sexo|genero|jenis kelamin|jk|kelamin|geschlecht) /],
  [
    "location",
    / (address|adresse|alamat|direccion|endereco|street|rue|calle|village|desa|kelurahan|ward|commune|district|distrito|kabupaten|kab|kecamatan|kec|region|province|provinsi|county|municipality|location|geolocation|latitude|longitude|gps|zip|postcode|postal|town|city|ville|kota|residence) /,
  ],
  [
    "health",
    / (health|sante|salud|saude|kesehatan|diagnos\w*|icd|disease|maladie|enfermedad|doenca|penyakit|disab\w*|handicap|discapacidad|deficiencia|cacat|difabel|hiv|pregnan\w*|grossesse|embarazo|hamil|treatment|medical|medic\w*|drug|drugs|clinic\w*|hospital\w*|patient|visit|visits|kunjungan|claim|claims|vaccin\w*|imuni\w*|immuni\w*|blood|mental|chronic|therap\w*|lab|symptom\w*) /,
  ],
  ["belief", / (relig\w*|agama|faith|party|politic\w*|union|syndicat|sindicato|caste) /],
  [
    "origin",
    / (ethnic\w*|ethnie|etnia|suku|race|raza|tribe|tribu|nationality|nationalite|nacionalidad|kewarganegaraan) /,
  ],
  ["crime", / (crime|criminal|convict\w*|offence|penal|prison|detention) /],
  ["account", / (bank|account|iban|rekening|compte|cuenta|conta|wallet|card) /],
  [
    "money",
    / (amount|montant|monto|valor|jumlah|nominal|income|revenu|ingreso|renda|penghasilan|salary|salaire|salario|gaji|wage|payment|paid|paiement|pago|price|cost|fee|premium|contribution|benefit|poverty|pauvrete|pobreza|skor|score|pmt|debt|loan|tax|balance|remunerated|value) /,
  ],
  [
    "household",
    / (family|famille|familia|keluarga|household|menage|hogar|rumah tangga|head|spouse|conjoint|marital|marriage|mariage|kawin|nikah|child|children|enfants|hijos|anak|parent|mother|father|ibu|ayah|relationship|dependents?) /,
  ],
  [
    "work",
    / (profession|occupation|job|employ\w*|emploi|empleo|pekerjaan|education|ecole|school|sekolah|pendidikan|estudios|literacy|land|livestock|farm) /,
  ],
  [
    "quantity",
    / (number of|no of|nb|count|qty|quantity|jml|size|age|total|days|months|years|sum|threshold|max|min|duration|level|rank) /,
  ],
  [
    "state",
    / (status|state|statut|estado|sts|type|kind|stage|category|categorie|kategori|class|code|kode|kd|reason|flag|jenis) /,
  ],
];

export function meaningOf(name: string): Meaning | undefined {
  const words = ` ${wordsOf(name).join(" ")} `;
  return meanings.find(([, pattern]) => pattern.test(words))?.[0];
}

/** Whether a name has this meaning among others. */
export function means(name: string, meaning: Meaning): boolean {
  const words = ` ${wordsOf(name).join(" ")} `;
  return meanings.some(([one, pattern]) => one === meaning && pattern.test(words));
}

const people =
  / (insurees?|insured|persons?|people|beneficiar\w*|patients?|pasien|citizens?|members?|individuals?|individu|clients?|applicants?|assures?|penerima|peserta|orang|warga|penduduk|personas?|beneficiario\w*|pessoas?|subjects?|residents?|registrants?|pensioners?|learners?|students?|farmers?|populations?) /;
const staff =
  / (users?|officers?|staff|employees?|admins?|operators?|logins?|accounts?|agents?|doctors?|providers?|petugas|agen) /;

export function namesPeople(table: string): boolean {
  return people.test(` ${wordsOf(table).join(" ")} `);
}

export function namesStaff(table: string): boolean {
  return staff.test(` ${wordsOf(table).join(" ")} `);
}

/** `tblInsuree` -> insuree; `NO_KTP` -> no ktp; `isOffline` -> is offline. */
export function wordsOf(name: string): readonly string[] {
  const plain = name.normalize("NFD").replaceAll(/\p{M}/gu, "");
  return plain
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word, i, all) => word !== "" && !(i === 0 && all.length > 1 && /^(tbl|tb|t|m|mst|ref|vw|v)$/.test(word)))
    .filter((word, i, all) => !(i === all.length - 1 && all.length > 1 && /^(mst|tr|trx|tbl|table)$/.test(word)));
}

/** A GraphQL field's name, unlike those in `taken`. */
export function fieldName(column: string, taken: ReadonlySet<string>): string {
  const words = wordsOf(column)
    .map((word) => word.replaceAll(/[^a-z0-9]/g, ""))
    .filter((word) => word !== "");
  const [first = "field", ...rest] = words;
  const name = sayable(first + rest.map(capital).join(""), "Field");
  return unlike(/^[a-z]/.test(name) ? name : `x${name}`, taken);
}

/** A GraphQL type's name. Lists and single rows alike are named in the singular where English shows how. */
export function typeName(table: string, taken: ReadonlySet<string>): string {
  const words = wordsOf(table)
    .map((word) => word.replaceAll(/[^a-z0-9]/g, ""))
    .filter((word) => word !== "");
  // `Person` is everybody's.
  const all = words.length === 0 ? ["record"] : /^persons?$/.test(words.join("")) ? ["person", "record"] : words;
  const name = sayable(all.map((word, i) => capital(i === all.length - 1 ? singular(word) : word)).join(""), "Record");
  return unlike(/^[A-Z]/.test(name) ? name : `X${name}`, taken);
}

/** A name that YAML would take for no text is not one. */
function sayable(name: string, more: string): string {
  return /^(null|true|false)$/i.test(name) ? `${name}${more}` : name;
}

export function unlike(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  for (let n = 2; ; n++) if (!taken.has(`${name}${n}`)) return `${name}${n}`;
}

/** What a person reads in the place of a column's name. */
export function labelOf(name: string): string {
  const text = wordsOf(name).join(" ");
  return text === "" ? oneLine(name) : capital(text);
}

/** Text of a catalogue, as it may stand in a comment or a description. */
export function oneLine(text: string): string {
  const flat = text.replaceAll(/[\p{C}\s]+/gu, " ").trim();
  return flat.length > 160 ? `${flat.slice(0, 159)}…` : flat;
}

/** As English says it of more than one; a name of another language is hurt little. */
export function several(word: string): string {
  if (word.endsWith("s")) return word;
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

function singular(word: string): string {
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  return /[^siu]s$/.test(word) && word.length > 3 ? word.slice(0, -1) : word;
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}
