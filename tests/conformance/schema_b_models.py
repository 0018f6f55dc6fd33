from django.db import models


class Region(models.Model):
    name = models.TextField()
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="subregions")
    capital = models.OneToOneField("City", models.SET_NULL, null=True, related_name="capital_of")


class City(models.Model):
    name = models.TextField(unique=True)
    population = models.IntegerField(null=True)
    coastal = models.BooleanField()
    region = models.ForeignKey(Region, models.CASCADE, related_name="cities")
    twins = models.ManyToManyField("self")


class Person(models.Model):
    name = models.TextField()
    age = models.IntegerField(null=True)
    home = models.ForeignKey(City, models.SET_NULL, null=True, related_name="residents")
    birthplace = models.ForeignKey(City, models.PROTECT, related_name="natives")
    spouse = models.OneToOneField("self", models.SET_NULL, null=True, related_name="spouse_of")
    boss = models.ForeignKey("self", models.DO_NOTHING, null=True, related_name="reports")
    guard = models.ForeignKey(City, models.DO_NOTHING, null=True, related_name="guards")
    knows = models.ManyToManyField("self", symmetrical=False, through="Acquaintance",
                                   through_fields=("a", "b"), related_name="known_by")


class Acquaintance(models.Model):
    a = models.ForeignKey(Person, models.CASCADE, related_name="acq_out")
    b = models.ForeignKey(Person, models.CASCADE, related_name="acq_in")
    years = models.IntegerField(null=True)
    close = models.BooleanField()


class Team(models.Model):
    name = models.TextField()
    lead = models.OneToOneField(Person, models.SET_NULL, null=True, related_name="leads")
    members = models.ManyToManyField(Person, related_name="teams")
    rivals = models.ManyToManyField("self", symmetrical=False, related_name="rivals_of")


class Match(models.Model):
    home = models.ForeignKey(Team, models.CASCADE, related_name="home_matches")
    away = models.ForeignKey(Team, models.RESTRICT, null=True, related_name="away_matches")
    score = models.IntegerField(null=True)
    note = models.TextField(null=True)
    referee = models.ForeignKey(Person, models.DO_NOTHING, null=True, related_name="refereed")
    venue = models.ForeignKey(City, models.SET_NULL, null=True, related_name="matches")


class Badge(models.Model):
    owner = models.OneToOneField(Person, models.CASCADE, related_name="badge")
    number = models.IntegerField(unique=True)
    color = models.TextField(null=True)
    deputy = models.OneToOneField(Person, models.DO_NOTHING, null=True, related_name="deputy_badge")
