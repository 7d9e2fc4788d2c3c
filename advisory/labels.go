package advisory

import (
	"strconv"
	"strings"
	"time"
)

// The words of the human forms, in the languages that they speak. A row is English,
// German, French, Spanish.
var wordTable = [][4]string{
	{"Advisory", "Sicherheitshinweis", "Avis", "Aviso"},
	{"Also known as", "Auch bekannt als", "Aussi connu sous", "También conocido como"},
	{"Distribution", "Weitergabe", "Diffusion", "Distribución"},
	{"Terms", "Bedingungen", "Conditions", "Condiciones"},
	{"Publisher", "Herausgeber", "Éditeur", "Editor"},
	{"Contact", "Kontakt", "Contact", "Contacto"},
	{"Authority", "Zuständigkeit", "Autorité", "Autoridad"},
	{"Released", "Veröffentlicht", "Publié", "Publicado"},
	{"Updated", "Aktualisiert", "Mis à jour", "Actualizado"},
	{"Withdrawn", "Zurückgezogen", "Retiré", "Retirado"},
	{"Version", "Version", "Version", "Versión"},
	{"Severity", "Schweregrad", "Gravité", "Gravedad"},
	{"Weaknesses", "Schwachstellentypen", "Faiblesses", "Debilidades"},
	{"Discovered", "Entdeckt", "Découvert", "Descubierto"},
	{"Disclosed", "Offengelegt", "Divulgué", "Divulgado"},
	{"Vulnerabilities", "Schwachstellen", "Vulnérabilités", "Vulnerabilidades"},
	{"Vulnerability", "Schwachstelle", "Vulnérabilité", "Vulnerabilidad"},
	{"Products", "Produkte", "Produits", "Productos"},
	{"Product", "Produkt", "Produit", "Producto"},
	{"State", "Status", "État", "Estado"},
	{"Reason", "Begründung", "Raison", "Motivo"},
	{"Scores", "Bewertungen", "Scores", "Puntuaciones"},
	{"Score", "Bewertung", "Score", "Puntuación"},
	{"Kind", "Art", "Type", "Tipo"},
	{"Result", "Ergebnis", "Résultat", "Resultado"},
	{"Assessment", "Einstufung", "Évaluation", "Evaluación"},
	{"Remediation", "Abhilfe", "Correction", "Remediación"},
	{"Threats", "Bedrohungen", "Menaces", "Amenazas"},
	{"References", "Verweise", "Références", "Referencias"},
	{"Credits", "Danksagung", "Remerciements", "Agradecimientos"},
	{"Timeline", "Zeitleiste", "Chronologie", "Cronología"},
	{"Revisions", "Änderungen", "Révisions", "Revisiones"},
	{"Date", "Datum", "Date", "Fecha"},
	{"Event", "Ereignis", "Événement", "Evento"},
	{"Change", "Änderung", "Modification", "Cambio"},
	{"For", "Für", "Pour", "Para"},
	{"all affected products", "alle betroffenen Produkte", "tous les produits affectés", "todos los productos afectados"},
	{"products", "Produkte", "produits", "productos"},
	{"more", "weitere", "autres", "más"},
	{"all versions", "alle Versionen", "toutes les versions", "todas las versiones"},
	{OtherVersions, "alle anderen Versionen", "toutes les autres versions", "todas las demás versiones"},
	{"from", "ab", "à partir de", "desde"},
	{"before", "vor", "avant", "antes de"},
	{"through", "bis einschließlich", "jusqu’à", "hasta"},
	{"in", "in", "dans", "en"},
	{"First affected", "Zuerst betroffen", "Premier affecté", "Primera afectada"},
	{"Affected", "Betroffen", "Affecté", "Afectado"},
	{"Not affected", "Nicht betroffen", "Non affecté", "No afectado"},
	{"Last affected", "Zuletzt betroffen", "Dernier affecté", "Última afectada"},
	{"First fixed", "Zuerst behoben", "Premier corrigé", "Primera corregida"},
	{"Fixed", "Behoben", "Corrigé", "Corregido"},
	{"Recommended", "Empfohlen", "Recommandé", "Recomendado"},
	{"Under investigation", "Wird untersucht", "En cours d’analyse", "En investigación"},
	{"Unknown", "Unbekannt", "Inconnu", "Desconocido"},
	{"Component not present", "Komponente nicht vorhanden", "Composant absent", "Componente no presente"},
	{"Vulnerable code not present", "Verwundbarer Code nicht vorhanden", "Code vulnérable absent", "Código vulnerable no presente"},
	{"Vulnerable code not in execute path", "Verwundbarer Code wird nicht ausgeführt", "Code vulnérable non exécuté", "Código vulnerable fuera de la ruta de ejecución"},
	{"Vulnerable code cannot be controlled by adversary", "Verwundbarer Code nicht von Angreifern steuerbar", "Code vulnérable non contrôlable par un attaquant", "Código vulnerable no controlable por un atacante"},
	{"Inline mitigations already exist", "Gegenmaßnahmen sind bereits eingebaut", "Des protections intégrées existent déjà", "Ya existen mitigaciones integradas"},
	{"Fix planned", "Behebung geplant", "Correctif prévu", "Corrección prevista"},
	{"Mitigation", "Abschwächung", "Atténuation", "Mitigación"},
	{"No fix planned", "Keine Behebung geplant", "Aucun correctif prévu", "Sin corrección prevista"},
	{"None available", "Keine verfügbar", "Aucune disponible", "Ninguna disponible"},
	{"Optional patch", "Optionaler Patch", "Correctif facultatif", "Parche opcional"},
	{"Vendor fix", "Behebung des Herstellers", "Correctif de l’éditeur", "Corrección del fabricante"},
	{"Workaround", "Umgehung", "Contournement", "Solución alternativa"},
	{"Restart needed", "Neustart nötig", "Redémarrage nécessaire", "Reinicio necesario"},
	{"Exploit status", "Ausnutzung", "Exploitation", "Explotación"},
	{"Impact", "Auswirkung", "Impact", "Impacto"},
	{"Target set", "Ziele", "Cibles", "Objetivos"},
	{"Exploited", "Ausgenutzt", "Exploité", "Explotado"},
	{"Exploitation known since", "Ausnutzung bekannt seit", "Exploitation connue depuis", "Explotación conocida desde"},
	{"First exploited", "Zuerst ausgenutzt", "Première exploitation", "Primera explotación"},
	{"Description", "Beschreibung", "Description", "Descripción"},
	{"Details", "Einzelheiten", "Détails", "Detalles"},
	{"Faq", "Fragen und Antworten", "Questions fréquentes", "Preguntas frecuentes"},
	{"General", "Allgemeines", "Généralités", "General"},
	{"Legal disclaimer", "Rechtlicher Hinweis", "Mentions légales", "Aviso legal"},
	{"Other", "Sonstiges", "Autre", "Otros"},
	{"Summary", "Zusammenfassung", "Résumé", "Resumen"},
	{"Rating", "Einstufung", "Évaluation", "Calificación"},
	{"Critical", "Kritisch", "Critique", "Crítica"},
	{"High", "Hoch", "Élevée", "Alta"},
	{"Medium", "Mittel", "Moyenne", "Media"},
	{"Low", "Niedrig", "Faible", "Baja"},
	{"None", "Keine", "Aucune", "Ninguna"},
	{"percentile", "Perzentil", "percentile", "percentil"},
	{"no TLP label", "keine TLP-Einstufung", "aucun marquage TLP", "sin etiqueta TLP"},
	{"draft", "Entwurf", "brouillon", "borrador"},
	{"interim", "vorläufig", "provisoire", "provisional"},
	{"final", "endgültig", "définitif", "final"},
	{"Finder", "Gefunden von", "Découvert par", "Descubierto por"},
	{"Reporter", "Gemeldet von", "Signalé par", "Notificado por"},
	{"Analyst", "Analyse", "Analyse", "Análisis"},
	{"Coordinator", "Koordination", "Coordination", "Coordinación"},
	{"Remediation developer", "Behebung", "Correction", "Corrección"},
	{"Remediation reviewer", "Prüfung der Behebung", "Relecture du correctif", "Revisión de la corrección"},
	{"Remediation verifier", "Bestätigung der Behebung", "Vérification du correctif", "Verificación de la corrección"},
	{"Tool", "Werkzeug", "Outil", "Herramienta"},
	{"Sponsor", "Förderung", "Parrainage", "Patrocinio"},
}

// speech is the words and dates of one language.
type speech struct {
	column int
	words  map[string]string // nil for English
}

// speak returns the language of a BCP 47 tag: English where the words are not known.
func speak(tag string) *speech {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	column := map[string]int{"de": 1, "fr": 2, "es": 3}[primary]
	if column == 0 {
		return &speech{}
	}
	s := &speech{column, make(map[string]string, len(wordTable))}
	for _, row := range wordTable {
		s.words[row[0]] = row[column]
	}
	return s
}

// say translates a word of the table, and returns others as they are.
func (s *speech) say(word string) string {
	if t, ok := s.words[word]; ok {
		return t
	}
	return word
}

// label translates a label such as "no_fix_planned".
func (s *speech) label(name string) string { return s.say(words(name)) }

var months = [4]string{
	"January February March April May June July August September October November December",
	"Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
	"janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
	"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}

// day writes a date, "" for none.
func (s *speech) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	y, m, d := t.UTC().Date()
	month := strings.Fields(months[s.column])[m-1]
	parts := []string{strconv.Itoa(d), month, strconv.Itoa(y)}
	switch s.column {
	case 1:
		parts[0] += "."
	case 3:
		return strings.Join(parts, " de ")
	}
	return strings.Join(parts, " ")
}

// span writes a range of versions.
func (s *speech) span(r Range) string {
	if r.Text != "" {
		return s.say(r.Text)
	}
	var out []string
	for _, v := range r.Intervals {
		end := ""
		switch {
		case v.From != "" && v.From == v.Through:
			out = append(out, v.From)
			continue
		case v.Before != "":
			end = s.say("before") + " " + v.Before
		case v.Through != "":
			end = s.say("through") + " " + v.Through
		}
		switch {
		case v.From == "" && end == "":
			end = s.say("all versions")
		case v.From != "":
			end = strings.TrimSpace(s.say("from") + " " + v.From + " " + end)
		}
		out = append(out, end)
	}
	return strings.Join(out, ", ")
}
