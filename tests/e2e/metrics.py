"""Prometheus' text format, as far as it is needed here."""

import re

SAMPLE = re.compile(r"^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Families:
    """What one scrape told: by family its type, its help, its labels; and every sample."""

    def __init__(self, text):
        self.help, self.type, self.labels, self.samples = {}, {}, {}, {}
        for line in text.splitlines():
            if line.startswith("# HELP "):
                name, words = line[7:].split(" ", 1)
                self.help[name] = words
            elif line.startswith("# TYPE "):
                name, kind = line[7:].split(" ", 1)
                self.type[name] = kind
                self.labels.setdefault(name, set())
            elif line:
                name, labels, value = SAMPLE.match(line).groups()
                found = dict(LABEL.findall(labels or ""))
                self.samples[name, tuple(sorted(found.items()))] = float(value)
                self.labels[self.family(name)] |= found.keys() - {"le"}

    def family(self, sample):
        if sample in self.type:
            return sample
        return re.sub(r"_(bucket|sum|count)$", "", sample)

    def sum(self, name, **labels):
        """Over all series that have these labels."""
        return sum(value for (sample, found), value in self.samples.items()
                   if sample == name and labels.items() <= dict(found).items())
